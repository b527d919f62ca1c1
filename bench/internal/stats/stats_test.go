package stats

import (
	"reflect"
	"testing"
)

func TestSummarize(t *testing.T) {
	for _, tt := range []struct {
		figures []float64
		want    Summary
	}{
		{nil, Summary{}},
		{[]float64{3}, Summary{3, 3, 3, 1}},
		{[]float64{9, 1, 5}, Summary{5, 1, 9, 3}},
		{[]float64{4, 1, 2, 9}, Summary{3, 1, 9, 4}},
	} {
		if got := Summarize(tt.figures); got != tt.want {
			t.Errorf("Summarize(%v) = %v, want %v", tt.figures, got, tt.want)
		}
	}
}

// A round in which one of the two is missing says nothing about the other.
func TestRatiosArePairedByRound(t *testing.T) {
	ours := []Sample{{Rate: 20}, {Rate: 30}, nil, {Rate: 50}, {CPU: 1}, {Rate: 7}}
	base := []Sample{{Rate: 10}, nil, {Rate: 10}, {Rate: 100}, {Rate: 1}, {Rate: 0}}
	if got, want := Ratios(ours, base, Rate), []float64{2, 0.5}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := Ratios(ours, nil, Rate); got != nil {
		t.Errorf("ratios to nothing: %v", got)
	}
}

func TestBestIsOfEachRound(t *testing.T) {
	a := []Sample{{Rate: 1, CPU: 1}, {Rate: 9, CPU: 9}, nil}
	b := []Sample{{Rate: 5, CPU: 5}, {Rate: 5, CPU: 5}, {Rate: 2}}
	if got, want := Best([][]Sample{a, b}, Rate), []Sample{{Rate: 5}, {Rate: 9}, {Rate: 2}}; !reflect.DeepEqual(got, want) {
		t.Errorf("more is better: got %v, want %v", got, want)
	}
	if got, want := Best([][]Sample{a, b}, CPU), []Sample{{CPU: 1}, {CPU: 5}, {}}; !reflect.DeepEqual(got, want) {
		t.Errorf("less is better: got %v, want %v", got, want)
	}
}

func TestRound(t *testing.T) {
	for v, want := range map[float64]float64{0: 0, 12345: 12300, 0.012345: 0.0123, 9.999: 10, -1.2345: -1.23} {
		if got := Round(v); got != want {
			t.Errorf("Round(%v) = %v, want %v", v, got, want)
		}
	}
}

func TestEveryMetricHasOneColumn(t *testing.T) {
	seen := map[Metric]bool{}
	for _, c := range Columns {
		if seen[c.Metric] || c.Title == "" || ColumnOf(c.Metric) != c {
			t.Errorf("column %+v", c)
		}
		seen[c.Metric] = true
	}
	if got := ColumnOf("odd").Title; got != "odd" {
		t.Errorf("an unknown metric is called %q", got)
	}
}
