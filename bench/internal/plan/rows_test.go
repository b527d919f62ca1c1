package plan

import (
	"slices"
	"testing"

	"github.com/awaitio/awaitio/bench/internal/stats"
)

// What a row says of itself must fit together: a goal about somebody who does not
// take part would never be judged, and nobody would notice.
func TestRowsAreConsistent(t *testing.T) {
	names := map[string]bool{}
	for _, r := range Rows() {
		if names[r.Name] || r.Title == "" || r.Spec.Work == "" {
			t.Errorf("%s: named twice, or without a title or work", r.Name)
		}
		names[r.Name] = true
		if !slices.Contains(r.Contenders, r.Base) {
			t.Errorf("%s: its base %q does not take part", r.Name, r.Base)
		}
		if !slices.Contains(stats.Columns, stats.ColumnOf(r.Main)) {
			t.Errorf("%s: its main metric %q has no column", r.Name, r.Main)
		}
		for _, g := range r.Goals {
			for _, name := range append(slices.Clone(g.Against), g.Subject) {
				if !slices.Contains(r.Contenders, name) {
					t.Errorf("%s: %v is about %q, who does not take part", r.Name, g, name)
				}
			}
		}
	}
}

func TestShrink(t *testing.T) {
	for _, r := range Rows() {
		s := r.Shrink().Spec
		if s.Conns > 16 || s.Depth > 8 || s.Count > 200 || s.FileMiB > 2 {
			t.Errorf("%s is still large: %+v", r.Name, s)
		}
	}
}

func TestPlural(t *testing.T) {
	for want, got := range map[string]string{
		"1 writer":           plural(1, "writer"),
		"64 writers":         plural(64, "writer"),
		"2 pairs of sockets": plural(2, "pair of sockets"),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
