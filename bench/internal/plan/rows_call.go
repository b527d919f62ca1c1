package plan

import (
	"fmt"
	"time"

	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/stats"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// callRows are of the library itself.
func callRows() []Row {
	return []Row{
		timers(100_000, false), timers(1_000_000, true), lateness(16),
		nops(1, 1.3), nops(64, 0.3),
		receives(1), receives(64),
	}
}

// timers are timeouts that are set and stopped.
func timers(n int, full bool) Row {
	r := Row{
		Name:       fmt.Sprintf("timers/%d", n),
		Title:      fmt.Sprintf("%d timers, set and stopped", n),
		Note:       "timeout.AfterFunc beside time.AfterFunc; all are pending before the first is stopped.",
		Full:       full,
		Spec:       wire.Spec{Work: "timers", Count: n},
		Contenders: []string{contender.Time, contender.Ring},
		Base:       contender.Time,
		Main:       stats.SetStop,
	}
	if full {
		r.Goals = []Goal{ratio(stats.SetStop, false, 300)}
	}
	return r
}

// lateness is how late timers are while connections are busy.
func lateness(pairs int) Row {
	return Row{
		Name:  fmt.Sprintf("late/%d", pairs),
		Title: fmt.Sprintf("how late timers of 1 ms are beside %s that echo", plural(pairs, "pair of sockets")),
		Note: "One timer after the other; the connections are ours in each case. The latency is what passes between the\n" +
			"instant that was set and the call of the function.",
		Duration:   time.Second,
		Spec:       wire.Spec{Work: "late", Conns: pairs, Size: 64},
		Contenders: []string{contender.Time, contender.Ring, contender.Epoll},
		Base:       contender.Time,
		Main:       stats.P50,
		Goals:      []Goal{ratio(stats.P50, false, 1.5, contender.Time), ratio(stats.P99, false, 1.5, contender.Time)},
	}
}

// nops do nothing, by way of the kernel.
func nops(depth int, micros float64) Row {
	return Row{
		Name:       fmt.Sprintf("nop/%d", depth),
		Title:      fmt.Sprintf("a call that does nothing, %s", plural(depth, "goroutine")),
		Note:       "The system call is getppid(2): what it takes to enter the kernel once. floor-goroutines has\nGOMAXPROCS=1, a ring, and a channel for each goroutine.",
		Spec:       wire.Spec{Work: "nop", Depth: depth},
		Contenders: []string{contender.Syscall, contender.Ring, contender.Epoll, contender.FloorGo},
		Base:       contender.Syscall,
		Main:       stats.Time,
		Goals:      []Goal{ratio(stats.Time, false, micros), noAllocations},
	}
}

// receives are with and without a timeout.
func receives(depth int) Row {
	return Row{
		Name:       fmt.Sprintf("recv/%d", depth),
		Title:      fmt.Sprintf("a byte there and back, Recv and RecvWithTimeout, %s", plural(depth, "pair of sockets")),
		Spec:       wire.Spec{Work: "recv", Depth: depth},
		Contenders: []string{contender.Ring, contender.WithTimeout},
		Base:       contender.Ring,
		Main:       stats.Time,
		Goals: []Goal{{
			Subject: contender.WithTimeout, Metric: stats.Time, Limit: 1.05, Against: []string{contender.Ring},
		}},
	}
}
