package plan

import (
	"fmt"

	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/stats"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// callRows are of the library itself.
func callRows() []Row {
	return []Row{
		timers(100_000, false), timers(1_000_000, true),
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

// nops do nothing, by way of the kernel.
func nops(depth int, micros float64) Row {
	return Row{
		Name:       fmt.Sprintf("nop/%d", depth),
		Title:      fmt.Sprintf("a call that does nothing, %s", plural(depth, "goroutine")),
		Note:       "The system call is getppid(2): what it takes to enter the kernel once.",
		Spec:       wire.Spec{Work: "nop", Depth: depth},
		Contenders: []string{contender.Syscall, contender.Ring, contender.Epoll},
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
