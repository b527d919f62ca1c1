package plan

import (
	"fmt"
	"slices"

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
	}
	return rows
}

// busyGoals are those of an echo that keeps the processors busy.
func busyGoals() []Goal {
	return []Goal{
		ratio(stats.Rate, true, 1.4, contender.Net),
		ratio(stats.Rate, true, 1.3, libraries...),
		ratio(stats.CPU, false, 0.75, contender.Net),
		noAllocations,
	}
}

// ratio is a goal of ours on io_uring.
func ratio(m stats.Metric, atLeast bool, limit float64, against ...string) Goal {
	return Goal{Subject: contender.Ring, Metric: m, AtLeast: atLeast, Limit: limit, Against: against}
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
		Contenders: slices.Concat(both, libraries, []string{contender.Floor}),
		Base:       contender.Net,
		Main:       stats.Rate,
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// bytes is n as in "64B" and "4KiB".
func bytes(n int) string {
	if n%1024 == 0 {
		return fmt.Sprintf("%dKiB", n/1024)
	}
	return fmt.Sprintf("%dB", n)
}
