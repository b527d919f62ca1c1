package raftkv_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/awaitio/awaitio/examples/simulated/internal/planted"
	"github.com/awaitio/awaitio/examples/simulated/raftkv"
	"github.com/awaitio/awaitio/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	voteUnsynced = "vote not synced"
	dirUnsynced  = "directory not synced"
	staleReads   = "read from a deposed leader"
	noKey        = "retry without a key"
)

var nodes = []string{"n1", "n2", "n3"}

// Four clients read and write three keys while all that may happen to the nodes does; afterwards the
// store is there.
func TestStoreIsLinearizable(t *testing.T) {
	sim.Run(t, sim.Config{Count: 20}, func(t *testing.T, w *sim.World) {
		for _, name := range nodes {
			n := raftkv.Node{
				Name: name, Nodes: nodes, VoteUnsynced: planted.Is(voteUnsynced),
				DirUnsynced: planted.Is(dirUnsynced), StaleReads: planted.Is(staleReads),
			}
			w.Host(name, n.Serve)
		}
		w.Unleash(sim.Swarm(
			sim.Budget(1, sim.Swarm(sim.Crashes(), sim.Kills(), sim.Pauses(), sim.SlowDisks(), sim.SlowLinks(), sim.Partitions())),
			blackouts(),
		))
		h := new(history)
		var clients sync.WaitGroup
		for i := range 4 {
			clients.Go(func() { work(w, i, h) })
		}
		clients.Wait()
		w.Heal()
		c := client(w, "late")
		defer c.Close()
		if _, err := c.Call(raftkv.Request{Op: raftkv.Get, Key: "a"}); err != nil {
			t.Errorf("when all is well again: %v", err)
		}
		if why := explain(h); why != "" {
			t.Error(why)
		}
	})
}

// blackouts is a nemesis of power failures that befall several nodes at once.
func blackouts() sim.Nemesis {
	n := sim.Crashes()
	n.Name, n.Victims = "blackout", func(n int) int { return n }
	return n
}

func client(w *sim.World, name string) *raftkv.Client {
	c := raftkv.NewClient(w.Host(name, nil).IO(), name, nodes)
	c.NoKey = planted.Is(noKey)
	return c
}

// work makes 40 calls.
func work(w *sim.World, i int, h *history) {
	name := fmt.Sprint("c", i)
	c := client(w, name)
	defer c.Close()
	load := w.Rand("load of " + name)
	for n := range 40 {
		time.Sleep(time.Duration(load.IntN(800)) * time.Millisecond)
		h.Do(i, request(load, fmt.Sprintf("%s.%d ", name, n)), c.Call)
	}
}

func request(load *rand.Rand, value string) raftkv.Request {
	r := raftkv.Request{Op: raftkv.Get, Key: string(rune('a' + load.IntN(3)))}
	switch load.IntN(6) {
	case 0:
		r.Op, r.Value = raftkv.Put, value
	case 1, 2:
		r.Op, r.Value = raftkv.Append, value
	}
	return r
}

func TestBugsAreFound(t *testing.T) {
	for _, bug := range []string{voteUnsynced, dirUnsynced, staleReads, noKey} {
		t.Run(bug, func(t *testing.T) {
			planted.Find(t, "TestStoreIsLinearizable", bug, "is not linearizable", "needed")
		})
	}
}
