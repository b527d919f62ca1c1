package plan

import (
	"testing"

	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/stats"
)

func TestJudge(t *testing.T) {
	samples := map[string][]stats.Sample{
		"ours": {{stats.Rate: 30, stats.CPU: 2}, {stats.Rate: 10, stats.CPU: 2}, {stats.Rate: 28, stats.CPU: 2}},
		"a":    {{stats.Rate: 10, stats.CPU: 4}, {stats.Rate: 10, stats.CPU: 4}, {stats.Rate: 10, stats.CPU: 4}},
		"b":    {{stats.Rate: 20}, {stats.Rate: 5}, {stats.Rate: 20}},
	}
	for _, tt := range []struct {
		goal        Goal
		measured    float64
		met, unsure bool
	}{
		{Goal{"ours", stats.Rate, true, 2, []string{"a"}}, 2.8, true, true},
		{Goal{"ours", stats.Rate, true, 2, []string{"a", "b"}}, 1.4, false, false},
		{Goal{"ours", stats.CPU, false, 0.5, []string{"a"}}, 0.5, true, false},
		{Goal{"ours", stats.CPU, false, 1.9, nil}, 2, false, false},
		{Goal{"ours", stats.CPU, false, 9, []string{"b"}}, 0, false, false}, // b has none
		{Goal{"nobody", stats.Rate, true, 0, nil}, 0, false, false},
	} {
		v := tt.goal.Judge(samples)
		if v.Measured.Median != tt.measured || v.Met != tt.met || v.Unsure != tt.unsure {
			t.Errorf("%v: got %+v; want %v, %v, %v", tt.goal, v, tt.measured, tt.met, tt.unsure)
		}
	}
}

func TestGoalString(t *testing.T) {
	for want, g := range map[string]Goal{
		"per second ≥ 1.4x net":                     {contender.Ring, stats.Rate, true, 1.4, []string{"net"}},
		"CPU µs each ≤ 0.5x the best of gnet, nbio": {contender.Ring, stats.CPU, false, 0.5, []string{"gnet", "nbio"}},
		"threads ≤ 12":                              {contender.Ring, stats.Threads, false, 12, nil},
		"awaitio-epoll: p99 µs ≤ 1x net":            {contender.Epoll, stats.P99, false, 1, []string{"net"}},
	} {
		if got := g.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
