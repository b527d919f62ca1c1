package run

import (
	"context"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/plan"
	"github.com/awaitio/awaitio/bench/internal/stats"
	"github.com/awaitio/awaitio/bench/internal/wire"
	"github.com/awaitio/awaitio/internal/ablate"
)

// runShrunk runs the row of that name, made small, and wants a sample of each
// contender that is to be had.
func runShrunk(t *testing.T, row plan.Row) plan.Result {
	t.Helper()
	r := Runner{Rounds: 1, Duration: 5 * time.Millisecond, Dir: t.TempDir(), Syscalls: true, Progress: io.Discard}
	results, err := r.Run(context.Background(), []plan.Row{row.Shrink()})
	if err != nil {
		t.Fatal(err)
	}
	for name, failed := range results[0].Errors {
		t.Errorf("%s: %s", name, failed)
	}
	return results[0]
}

// One row of each work is enough: the others differ in their numbers only.
func TestEveryWorkByEveryContender(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range plan.Rows() {
		work := row.Spec.Work
		if seen[work] {
			continue
		}
		seen[work] = true
		t.Run(work, func(t *testing.T) {
			result := runShrunk(t, row)
			for _, name := range row.Contenders {
				if why := result.Absent[name]; why != "" {
					t.Logf("without %s: %s", name, why)
					continue
				}
				if got := stats.Values(result.Samples[name], row.Main); len(got) != 1 || got[0] <= 0 {
					t.Errorf("%s: %v of %s", name, got, row.Main)
				}
			}
		})
	}
}

// Ours are measured without a mechanism by a process that has switched it off.
func TestAblatedContenders(t *testing.T) {
	i := slices.IndexFunc(plan.Rows(), func(r plan.Row) bool { return r.Name == "nop/64" })
	row := plan.Ablate(plan.Rows()[i:i+1], []ablate.Mechanism{ablate.Batching, ablate.FreeList})[0]
	result := runShrunk(t, row)
	for _, name := range row.Contenders {
		if got := stats.Values(result.Samples[name], row.Main); len(got) != 1 && result.Absent[name] == "" {
			t.Errorf("%s: %v of %s", name, got, row.Main)
		}
	}
}

func TestAContenderThatFailsDoesNotStopTheOthers(t *testing.T) {
	row := plan.Row{
		Name: "broken", Served: true, Spec: wire.Spec{Work: "broadcast", Conns: 2, Size: 8},
		Contenders: []string{contender.Gnet, contender.Net}, Base: contender.Net,
	}
	r := Runner{Rounds: 2, Duration: time.Millisecond, Progress: io.Discard}
	results, err := r.Run(context.Background(), []plan.Row{row})
	if err != nil {
		t.Fatal(err)
	}
	if results[0].Errors[contender.Gnet] == "" || results[0].Errors[contender.Net] != "" {
		t.Errorf("the errors: %v", results[0].Errors)
	}
	if got := results[0].Samples[contender.Gnet]; len(got) != 2 || got[0] != nil {
		t.Errorf("a round that failed must keep its place: %v", got)
	}
	if got := stats.Values(results[0].Samples[contender.Net], stats.Rate); len(got) != 2 {
		t.Errorf("package net has %v", got)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := Runner{Rounds: 1, Duration: time.Hour, Progress: io.Discard}
	if _, err := r.Run(ctx, plan.Rows()[:1]); err == nil {
		t.Error("it went on")
	}
}

func TestCombine(t *testing.T) {
	w := wire.Window{Ops: 100, Elapsed: time.Second, Micros: map[string]float64{"p50": 3}}
	before := wire.Counters{CPU: time.Second, Mallocs: 10}
	after := wire.Counters{CPU: 2 * time.Second, Mallocs: 60, Threads: 4, PeakRSS: 3 << 20}
	got := combine(w, before, after)
	for m, want := range (stats.Sample{
		stats.Rate: 100, stats.Time: 10000, stats.CPU: 10000, stats.Allocs: 0.5,
		stats.P50: 3, stats.Threads: 4, stats.PeakRSS: 3,
	}) {
		if got[m] != want {
			t.Errorf("%s is %v, want %v", m, got[m], want)
		}
	}
}
