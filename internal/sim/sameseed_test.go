//go:build unix

package sim

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
)

// gossips are hosts with a goroutine each, which do as chance has it: they send one another
// datagrams, and numbers over connections that each makes with the next.
type gossip struct {
	*node
	peers   []*node
	l       int
	accepts backend.Token
	reads   map[backend.Token]int // of accepted connections
	client  int
	bufs    map[int][]byte
}

// run is a host's program: it does a step at each tick, and what comes in between.
func (g *gossip) run(steps int) {
	chance := g.w.Source("program of " + g.h.Name())
	next := g.peers[0]
	g.accepts = g.start(accept(g.l))
	connected := g.start(connect(g.client, rawOf(next.at(80))))
	up := false
	for range steps {
		for end := time.Now().Add(time.Duration(chance.IntN(50)) * time.Millisecond); time.Now().Before(end); {
			if g.b.Wait(end) != nil {
				return // a crash
			}
			g.reap()
			if _, ok := g.events[connected]; ok {
				up = true
			}
			g.takeIn()
		}
		if up {
			g.start(send(g.client, fmt.Sprint(chance.IntN(1000)), 0))
		}
	}
}

// takeIn accepts and reads.
func (g *gossip) takeIn() {
	if e, ok := g.events[g.accepts]; ok && e.Result >= 0 {
		delete(g.events, g.accepts)
		g.read(e.Result)
		g.accepts = g.start(accept(g.l))
	}
	for token, fd := range g.reads {
		if e, ok := g.events[token]; ok && e.Result > 0 {
			delete(g.reads, token)
			g.read(fd)
		}
	}
}

func (g *gossip) read(fd int) {
	if g.bufs[fd] == nil {
		g.bufs[fd] = make([]byte, 100)
	}
	g.reads[g.start(recv(fd, g.bufs[fd], 0))] = fd
}

// gossips is a run of three hosts, and all that happened in it: the trace and the journal.
func gossips(t *testing.T, seed uint64) (lines []string) {
	o := Options{
		Link:       LinkConfig{Latency: Dist{Min: time.Millisecond, Max: 20 * time.Millisecond}, Loss: 0.1, Resets: 0.01},
		ShortReads: 0.1,
	}
	o.Trace = func(line string) { lines = append(lines, line) }
	synctest.Test(t, func(t *testing.T) {
		r := &rig{TB: t, w: New(seed, o), all: new([]*node)}
		var all []*gossip
		for _, name := range []string{"a", "b", "c"} {
			n := r.host(name)
			all = append(all, &gossip{node: n, l: n.listen(80), reads: map[backend.Token]int{}, bufs: map[int][]byte{}})
		}
		var hosts sync.WaitGroup
		for i, g := range all {
			g.peers = []*node{all[(i+1)%3].node}
			g.client = g.socket(tcp, g.at(0))
			hosts.Go(func() {
				time.Sleep(time.Duration(i + 1)) // hosts start apart
				g.run(100)
			})
		}
		time.AfterFunc(time.Second, func() { _ = r.w.Partition([]string{"a"}, []string{"b", "c"}) })
		time.AfterFunc(2*time.Second, func() { _ = r.w.Partition() })
		time.AfterFunc(2500*time.Millisecond, all[2].h.Crash)
		hosts.Wait()
		for _, e := range r.w.Journal() {
			lines = append(lines, e.String())
		}
	})
	return lines
}

// TestSameSeedSameJournal has one goroutine for each host, and two processors to run them.
func TestSameSeedSameJournal(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	runs := 100
	if testing.Short() {
		runs = 10
	}
	first := gossips(t, 1)
	if len(first) < 500 {
		t.Fatalf("only %d lines", len(first))
	}
	for i := range runs {
		again := gossips(t, 1)
		if !slices.Equal(first, again) {
			for j := range min(len(first), len(again)) {
				if first[j] != again[j] {
					t.Fatalf("run %d has %q where the first has %q", i, again[j], first[j])
				}
			}
			t.Fatalf("run %d has %d lines, the first %d", i, len(again), len(first))
		}
	}
	if slices.Equal(first, gossips(t, 2)) {
		t.Error("another seed has the same journal")
	}
}
