package plan

import (
	"slices"

	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/stats"
)

// echoGoals are those of an echo of so many connections and bytes. What takes the kernel's
// time is compared with the floor, which does nothing else: package net may be far from it
// or near, as a system call costs much or little.
func echoGoals(conns, size int) []Goal {
	if size > smallMax {
		return []Goal{ratio(stats.Rate, true, 1.2, contender.Net)}
	}
	goals := []Goal{ratio(stats.P99, false, 1, contender.Net), ratio(stats.P999, false, 1, contender.Net), noAllocations}
	if conns == 64 || conns == 512 {
		goals = slices.Concat([]Goal{
			ratio(stats.Rate, true, 0.95, contender.Floor), ratio(stats.CPU, false, 1.1, contender.Floor),
			ratio(stats.Rate, true, 0.95, contender.FloorGo), ratio(stats.CPU, false, 1.1, contender.FloorGo),
			onEpoll(stats.Rate, true, 0.95, contender.FloorEpoll), onEpoll(stats.CPU, false, 1.1, contender.FloorEpoll),
		}, goals)
	}
	switch conns {
	case 1:
		goals = slices.Concat(goals, []Goal{ratio(stats.P50, false, 0.9, contender.Net)}, asNet(1))
	case 64:
		goals = slices.Concat(goals, []Goal{ratio(stats.P99, false, 1.2, libraries...)}, asNet(1.2))
	case 512:
		goals = slices.Concat(goals, asNet(1))
	}
	return goals
}

// asNet are goals of ours on epoll: so many times the rate of package net, for as much less
// CPU, and no later.
func asNet(times float64) []Goal {
	cpu := 1.0
	if times > 1 {
		cpu = 0.8
	}
	return []Goal{
		onEpoll(stats.Rate, true, times, contender.Net), onEpoll(stats.CPU, false, cpu, contender.Net),
		onEpoll(stats.P99, false, 1, contender.Net),
	}
}

// onEpoll is a goal of ours on epoll.
func onEpoll(m stats.Metric, atLeast bool, limit float64, against string) Goal {
	return Goal{Subject: contender.Epoll, Metric: m, AtLeast: atLeast, Limit: limit, Against: []string{against}}
}

// ratio is a goal of ours on io_uring.
func ratio(m stats.Metric, atLeast bool, limit float64, against ...string) Goal {
	return Goal{Subject: contender.Ring, Metric: m, AtLeast: atLeast, Limit: limit, Against: against}
}

// byOwnCalls is a goal of ours by the calls that net has no like of, beside net.
func byOwnCalls(m stats.Metric, limit float64) Goal {
	return Goal{Subject: contender.Batch, Metric: m, Limit: limit, Against: []string{contender.Net}}
}

// noAllocations allows for what the process does besides: one call in a hundred.
var noAllocations = ratio(stats.Allocs, false, 0.01)
