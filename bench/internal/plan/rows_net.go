package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

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
	for i, r := range rows {
		rows[i].Goals = echoGoals(r.Spec.Conns, r.Spec.Size)
		if r.Spec.Size > smallMax {
			rows[i].Spec.Generator = wire.Epoll
			rows[i].Note = "The load generator is on epoll, which serves large messages more evenly."
		}
		if r.Spec.Conns == 64 || r.Spec.Conns == 512 {
			rows[i].Contenders = append(rows[i].Contenders, contender.NetOne, contender.RingOne, contender.FloorGo, contender.FloorEpoll)
			rows[i].Note = strings.TrimSpace("With -1p and floor-goroutines, the server has GOMAXPROCS=1. " + rows[i].Note)
		}
	}
	for _, r := range rows[:5] {
		rows = append(rows, byEpoll(r))
	}
	return rows
}

// byEpoll is r with a load generator on epoll.
func byEpoll(r Row) Row {
	group, rest, _ := strings.Cut(r.Name, "/")
	r.Name, r.Title = group+"-by-epoll/"+rest, r.Title+", load generator on epoll"
	r.Spec.Generator, r.Twin = wire.Epoll, true
	return r
}

// smallMax is up to where a message counts as small: what copying it takes is less than
// what else there is to do.
const smallMax = 16 << 10

// netRows are the rest of what goes over connections.
func netRows() []Row {
	return slices.Concat(
		[]Row{fair(64), within(64, false), within(512, true), stream(512), stream(4 << 10), stream(64 << 10), http(64), byEpoll(http(64))},
		heavies(), busy(4), cores(),
		[]Row{broadcast(1000, false), broadcast(10000, true), fanout(64), accepts(64), idle(10000)},
	)
}

// http is package net/http.
func http(conns int) Row {
	return Row{
		Name: fmt.Sprintf("http/%d", conns), Title: fmt.Sprintf("HTTP/1.1 hello, package net/http, %s", plural(conns, "connection")),
		Served:     true,
		Spec:       wire.Spec{Work: "http", Conns: conns},
		Contenders: both, Base: contender.Net, Main: stats.Rate,
		Goals: slices.Concat([]Goal{
			ratio(stats.Rate, true, 1.2, contender.Net), ratio(stats.P99, false, 0.8, contender.Net),
		}, asNet(1)),
	}
}

// fair is an echo that takes long enough to see whether each connection gets its part.
func fair(conns int) Row {
	r := echo(conns, 64, false)
	r.Name, r.Title = fmt.Sprintf("fair/%d", conns), fmt.Sprintf("what the slowest of %d connections gets done", conns)
	r.Note = "An echo of 64B for 3 s: the answers that the slowest connection got, over those of the fastest."
	r.Contenders = slices.Concat(both, libraries, []string{contender.Floor})
	r.Main, r.Duration = stats.Fair, 3*time.Second
	r.Goals = []Goal{ratio(stats.Fair, true, 0.9)}
	return r
}

// heavies have one connection that never pauses beside others that ask every 2 ms.
func heavies() []Row {
	var rows []Row
	for _, procs := range []int{1, 2, 4, 8} {
		r := Row{
			Name:   fmt.Sprintf("heavy/%d", procs),
			Title:  fmt.Sprintf("63 light connections beside a heavy one, GOMAXPROCS=%d", procs),
			Note:   "An echo. The heavy one sends 4KiB after 4KiB; a light one asks 64B, and 2 ms after the answer again.",
			Served: true, Duration: time.Second,
			Spec:       wire.Spec{Work: "heavy", Conns: 64, Size: 64, Procs: procs},
			Contenders: both, Base: contender.Net, Main: stats.Light,
		}
		for _, name := range []string{contender.Ring, contender.Epoll} {
			for _, m := range []stats.Metric{stats.Light, stats.Slowest} {
				r.Goals = append(r.Goals, Goal{Subject: name, Metric: m, AtLeast: true, Limit: 0.95, Against: []string{contender.Net}})
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// busy are rows on a machine that is busy with other programs.
func busy(programs int) []Row {
	rows := []Row{echo(64, 64, false), within(64, false)}
	for i := range rows {
		r := &rows[i]
		r.Name = "busy/" + r.Name
		r.Title += fmt.Sprintf(", beside %s", plural(programs, "program"))
		r.Note = "The programs compute without a pause."
		r.Busy, r.Duration, r.Contenders = programs, time.Second, both
		r.Goals = []Goal{
			ratio(stats.Rate, true, 0.9, contender.Net), onEpoll(stats.Rate, true, 0.9, contender.Net),
		}
	}
	return rows
}

// fanout is a client.
func fanout(servers int) Row {
	return Row{
		Name:  fmt.Sprintf("fanout/%d", servers),
		Title: fmt.Sprintf("a client that asks %d servers at the same time, 64B each", servers),
		Note:  fmt.Sprintf("One operation is a round: %d questions and their answers. The servers are the floor's.", servers),
		Full:  true, Peer: contender.Floor,
		Spec:       wire.Spec{Work: "fanout", Conns: servers, Size: 64},
		Contenders: both, Base: contender.Net, Main: stats.Rate,
	}
}

// accepts are connections that come and go.
func accepts(depth int) Row {
	return Row{
		Name:  fmt.Sprintf("accept/%d", depth),
		Title: fmt.Sprintf("connections that are taken and closed, %d at a time", depth),
		Note: "Accept, or Listener.Connections. The clients are package net's in each case, and in the same process: most\n" +
			"of the time is theirs and the kernel's.",
		Full:       true,
		Spec:       wire.Spec{Work: "accept", Depth: depth},
		Contenders: both, Base: contender.Net, Main: stats.Rate,
	}
}

// idle connections only cost memory.
func idle(conns int) Row {
	return Row{
		Name: fmt.Sprintf("idle/%d", conns), Title: fmt.Sprintf("%d idle connections", conns), Served: true,
		Note: "Each has echoed 64B, and has a goroutine that waits in a Read with a buffer of 4KiB. The bytes are those\n" +
			"by which the process grew, after a collection; what the kernel keeps for a socket is not in them.\n" +
			"awaitio-own calls AfterReadable instead, and has a goroutine and a buffer only when there is something to\n" +
			"read.",
		Spec:       wire.Spec{Work: "idle", Conns: conns, Size: 64},
		Contenders: slices.Concat(both, []string{contender.Batch}), Base: contender.Net, Main: stats.Bytes,
		Goals: []Goal{ratio(stats.Bytes, false, 1, contender.Net), byOwnCalls(stats.Bytes, 0.5)},
	}
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

// stream is what goes one way.
func stream(size int) Row {
	return Row{
		Name:       "stream/" + bytes(size),
		Title:      fmt.Sprintf("writes of %s to one TCP connection, read by as much", bytes(size)),
		Note:       "Both ends are the contender's, in one process.",
		Spec:       wire.Spec{Work: "stream", Conns: 1, Size: size},
		Contenders: both, Base: contender.Net, Main: stats.Rate,
		Goals: []Goal{ratio(stats.Rate, true, 1, contender.Net)},
	}
}

// cores are for what can be seen of many processors where there are few: whether as many
// threads and loops get into each other's way.
func cores() []Row {
	var rows []Row
	for _, n := range []int{2, 4, 8, 16, 64} {
		r := within(512, true)
		r.Name = fmt.Sprintf("cores/%d", n)
		r.Title = fmt.Sprintf("%s, GOMAXPROCS=%d and as many loops", r.Title, n)
		r.Spec.Procs, r.Spec.Loops = n, n
		rows = append(rows, r)
	}
	return rows
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
