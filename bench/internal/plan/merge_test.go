package plan

import (
	"path/filepath"
	"reflect"
	"testing"

	"github.com/awaitio/awaitio/bench/internal/stats"
)

// Rounds of two runs are not compared with one another.
func TestAddToKeepsRoundsApart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "results")
	rate := func(v float64) []stats.Sample { return []stats.Sample{{stats.Rate: v}} }
	first := Result{Row: Row{Name: "a", Contenders: []string{"net", "x"}},
		Samples: map[string][]stats.Sample{"net": rate(1), "x": rate(2)}, Absent: map[string]string{"x": "gone"}}
	second := Result{Row: Row{Name: "a", Contenders: []string{"net", "y"}},
		Samples: map[string][]stats.Sample{"net": rate(10), "y": rate(30)}, Errors: map[string]string{"y": "broke"}}
	other := Result{Row: Row{Name: "b"}}
	if _, err := AddTo(file, []Result{first}); err != nil {
		t.Fatal(err)
	}
	all, err := AddTo(file, []Result{second, other})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || !reflect.DeepEqual(all[0].Row.Contenders, []string{"net", "x", "y"}) || all[1].Row.Name != "b" {
		t.Fatalf("got %+v", all)
	}
	a := all[0]
	for name, want := range map[string][]float64{"x": {2}, "y": {3}} {
		if got := stats.Ratios(a.Samples[name], a.Samples["net"], stats.Rate); !reflect.DeepEqual(got, want) {
			t.Errorf("%s over net: %v, want %v", name, got, want)
		}
	}
	if a.Absent["x"] != "gone" || a.Errors["y"] != "broke" {
		t.Errorf("absent: %v, failed: %v", a.Absent, a.Errors)
	}
}
