package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/stats"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// libraries are the others that do without a goroutine for a connection.
var libraries = []string{contender.Gnet, contender.Netpoll, contender.Nbio}

// both are package net and ours, on whatever stands on a net.Listener.
var both = []string{contender.Net, contender.Ring, contender.Epoll}

func echoRows() []Row {
	rows := []Row{
		echo(1, 64, false), echo(8, 64, true), echo(64, 64, false), echo(512, 64, false), echo(4096, 64, true),
		echo(64, 4<<10, true), echo(64, 64<<10, false),
	}
	goals := map[string][]Goal{
		"echo/1x64B":   {ratio(stats.P50, false, 0.9, contender.Net), noAllocations},
		"echo/64x64B":  busyGoals(),
		"echo/512x64B": busyGoals(),
		"echo/64x64KiB": {
			ratio(stats.Rate, true, 1.2, contender.Net),
		},
	}
	for i := range rows {
		rows[i].Goals = goals[rows[i].Name]
		if rows[i].Spec.Size > smallMax {
			rows[i].Spec.Generator = wire.Epoll
			rows[i].Note = "The load generator is on epoll, which serves large messages more evenly."
		}
		if rows[i].Spec.Conns == 64 || rows[i].Spec.Conns == 512 {
			rows[i].Contenders = append(rows[i].Contenders, contender.NetOne, contender.RingOne)
			rows[i].Note = strings.TrimSpace("With -1p, the server has GOMAXPROCS=1. " + rows[i].Note)
		}
	}
	return rows
}

// smallMax is up to where a message counts as small: what copying it takes is less than
// what else there is to do.
const smallMax = 16 << 10

// netRows are the rest of what goes over connections.
func netRows() []Row {
	return []Row{within(64, false), within(512, true), {
		Name: "http/64", Title: "HTTP/1.1 hello, package net/http, 64 connections", Served: true,
		Spec:       wire.Spec{Work: "http", Conns: 64},
		Contenders: both, Base: contender.Net, Main: stats.Rate,
	}, broadcast(1000, false), broadcast(10000, true), {
		Name: "fanout/64", Title: "a client that asks 64 servers at the same time, 64B each",
		Note: "One operation is a round: 64 questions and their answers. The servers are the floor's.",
		Full: true, Peer: contender.Floor,
		Spec:       wire.Spec{Work: "fanout", Conns: 64, Size: 64},
		Contenders: both, Base: contender.Net, Main: stats.Rate,
	}, {
		Name: "idle/10000", Title: "10000 idle connections", Served: true,
		Note: "Each has echoed 64B, and has a goroutine that waits in a Read with a buffer of 4KiB. The bytes are those\n" +
			"by which the process grew, after a collection; what the kernel keeps for a socket is not in them.\n" +
			"awaitio-own calls AfterReadable instead, and has a goroutine and a buffer only when there is something to\n" +
			"read.",
		Spec:       wire.Spec{Work: "idle", Conns: 10000, Size: 64},
		Contenders: slices.Concat(both, []string{contender.Batch}), Base: contender.Net, Main: stats.Bytes,
		Goals: []Goal{byOwnCalls(stats.Bytes, 0.5)},
	}}
}

// within is an echo in one process, which has the machine to itself.
func within(conns int, full bool) Row {
	return Row{
		Name:       fmt.Sprintf("within/%d", conns),
		Title:      fmt.Sprintf("TCP echo within one process, %s of 64B", plural(conns, "connection")),
		Note:       "Both ends are the contender's, with a goroutine each, and nobody else wants the processors.",
		Full:       full,
		Spec:       wire.Spec{Work: "within", Conns: conns, Size: 64},
		Contenders: both, Base: contender.Net, Main: stats.Rate,
	}
}

// broadcast sends what one connection says to all.
func broadcast(conns int, full bool) Row {
	r := Row{
		Name:  fmt.Sprintf("broadcast/%d", conns),
		Title: fmt.Sprintf("broadcast of 1KiB to %d connections", conns),
		Note: "One operation is a message to one connection; the latency is that of the last one to get it. Each\n" +
			"connection has a goroutine that writes; with net-loop one goroutine writes to all in turn, which costs\n" +
			"less, and lets one peer that is slow hold up all the others. With awaitio-own one goroutine calls\n" +
			"Broadcast, which writes to many at a time.",
		Served: true, Full: full,
		Spec:       wire.Spec{Work: "broadcast", Conns: conns, Size: 1 << 10},
		Contenders: slices.Concat(both, []string{contender.NetLoop, contender.Batch}), Base: contender.Net, Main: stats.Rate,
	}
	if conns == 10000 {
		r.Goals = []Goal{byOwnCalls(stats.CPU, 0.7)}
	}
	return r
}

// busyGoals are those of an echo that keeps the processors busy.
func busyGoals() []Goal {
	return []Goal{
		ratio(stats.Rate, true, 1.4, contender.Net),
		ratio(stats.Rate, true, 1.3, libraries...),
		{Subject: contender.Callbacks, Metric: stats.Rate, AtLeast: true, Limit: 1.3, Against: libraries},
		ratio(stats.CPU, false, 0.75, contender.Net),
		noAllocations,
	}
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

// echo sends back messages of size bytes, each when the last one has come back.
func echo(conns, size int, full bool) Row {
	return Row{
		Name:       fmt.Sprintf("echo/%dx%s", conns, bytes(size)),
		Title:      fmt.Sprintf("TCP echo, %s of %s", plural(conns, "connection"), bytes(size)),
		Served:     true,
		Full:       full,
		Spec:       wire.Spec{Work: "echo", Conns: conns, Size: size},
		Contenders: slices.Concat(both, libraries, []string{contender.Callbacks, contender.Floor}),
		Base:       contender.Net,
		Main:       stats.Rate,
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	noun, of, _ := strings.Cut(what, " ")
	return strings.TrimSpace(fmt.Sprintf("%d %ss %s", n, noun, of))
}

// bytes is n as in "64B" and "4KiB".
func bytes(n int) string {
	if n%1024 == 0 {
		return fmt.Sprintf("%dKiB", n/1024)
	}
	return fmt.Sprintf("%dB", n)
}
