package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/wire"
	"github.com/awaitio/awaitio/internal/ablate"
)

// The second row is one in which none of these mechanisms has a part.
func TestAblate(t *testing.T) {
	all := func(work string) Row {
		return Row{Name: work, Spec: wire.Spec{Work: work}, Goals: []Goal{{}}, Base: contender.Net,
			Contenders: []string{contender.Net, contender.Ring, contender.Epoll, contender.RingOne, contender.Floor}}
	}
	rows := Ablate([]Row{all("echo"), all("stat")}, []ablate.Mechanism{ablate.Spin, ablate.Drained, ablate.OthersFirst})
	if len(rows) != 1 {
		t.Fatalf("%d rows", len(rows))
	}
	want := []string{
		contender.With(contender.Ring, ablate.Spin), contender.Without(contender.Ring, ablate.Spin),
		contender.With(contender.Epoll, ablate.Drained), contender.Without(contender.Epoll, ablate.Drained),
		contender.With(contender.RingOne, ablate.OthersFirst), contender.Without(contender.RingOne, ablate.OthersFirst),
	}
	if r := rows[0]; !slices.Equal(r.Contenders, want) || r.Base != want[0] || r.Goals != nil {
		t.Errorf("got %q, of which %q is the base", r.Contenders, r.Base)
	}
}

// A mechanism that no row can show would be kept for ever.
func TestEveryMechanismHasAPart(t *testing.T) {
	for _, m := range ablate.All() {
		var names []string
		for _, r := range Ablate(Rows(), []ablate.Mechanism{m}) {
			names = append(names, r.Name)
		}
		if len(names) == 0 {
			t.Errorf("no row shows what %s gains", m)
		}
		t.Logf("%s: %s", m, strings.Join(names, " "))
	}
}
