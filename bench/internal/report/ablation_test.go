package report

import (
	"strings"
	"testing"

	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/plan"
	"github.com/awaitio/awaitio/bench/internal/stats"
	"github.com/awaitio/awaitio/internal/ablate"
)

func TestAblation(t *testing.T) {
	names := func(m ablate.Mechanism) (string, string) {
		return contender.With("awaitio", m), contender.Without("awaitio", m)
	}
	r := plan.Result{Row: plan.Row{Name: "echo/1"}, Samples: map[string][]stats.Sample{}}
	for m, without := range map[ablate.Mechanism][2]stats.Sample{
		ablate.Spin:      {{stats.Rate: 80, stats.CPU: 3, stats.P99: 9}, {stats.Rate: 50, stats.CPU: 3, stats.P99: 12}},
		ablate.YieldCPU:  {{stats.Rate: 99, stats.CPU: 2, stats.P99: 10}, {stats.Rate: 97, stats.CPU: 2, stats.P99: 10}},
		ablate.IdlePolls: {{stats.Rate: 50, stats.CPU: 2, stats.P99: 10}, {stats.Rate: 101, stats.CPU: 2, stats.P99: 10}},
	} {
		a, b := names(m)
		r.Row.Contenders = append(r.Row.Contenders, a, b)
		r.Samples[a] = []stats.Sample{{stats.Rate: 100, stats.CPU: 2, stats.P99: 10}, {stats.Rate: 100, stats.CPU: 2, stats.P99: 10}}
		r.Samples[b] = without[:]
	}
	got := Ablation(Setting{}, []plan.Result{r})
	for _, want := range []string{
		"### awaitio without\n\n| | echo/1 |\n|---|---|\n| spin | 0.65 [0.50..0.80], cpu 1.50, p99 1.05 |\n| idlepolls |",
		"| spin | +62%, echo/1 (awaitio), in 2 of 2 rounds | +50%, echo/1 (awaitio), in 2 of 2 rounds | +5%, echo/1 (awaitio), in 1 of 2 rounds |  |",
		"| yieldcpu | +2%, echo/1 (awaitio), in 2 of 2 rounds | +0%, echo/1 (awaitio), in 0 of 2 rounds | +0%, echo/1 (awaitio), in 0 of 2 rounds | **under",
		"| idlepolls | +50%, echo/1 (awaitio), in 1 of 2 rounds |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if n := strings.Count(got, "**under"); n != 2 {
		t.Errorf("%d mechanisms are not worth it, want 2:\n%s", n, got)
	}
}
