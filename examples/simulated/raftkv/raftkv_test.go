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

// Four clients read and write two keys while all that may happen to the nodes does; afterwards the
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
		w.Unleash(harm())
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

// harm is what befalls the nodes: one of them at a time, but for partitions, in which all live, and
// blackouts, which are power failures of several.
func harm() sim.Nemesis {
	blackouts := sim.Crashes()
	blackouts.Name, blackouts.Victims = "blackout", func(n int) int { return n }
	partitions := sim.Partitions()
	partitions.Every = often
	one := sim.Swarm(shortly(sim.Crashes()), shortly(sim.Kills()), sim.Pauses(), sim.SlowDisks(), sim.SlowLinks())
	return sim.Swarm(sim.Budget(1, one), partitions, shortly(blackouts))
}

var often = sim.Dist{Min: 100 * time.Millisecond, Max: 2 * time.Second}

// shortly makes n strike often and for a short time, so that a node comes back during the election that
// its outage caused.
func shortly(n sim.Nemesis) sim.Nemesis {
	n.Every, n.For = often, often
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
	reads := []int{1, 3, 9}[load.IntN(3)]
	for n := range 40 {
		time.Sleep(time.Duration(load.IntN(800)) * time.Millisecond)
		h.Do(i, request(load, reads, fmt.Sprintf("%s.%d ", name, n)), c.Call)
	}
}

// request draws one, which is a read as often as reads to 3. A client that does little but read stays
// with a node that has lost its office and does not know, while others write elsewhere.
func request(load *rand.Rand, reads int, value string) raftkv.Request {
	r := raftkv.Request{Op: raftkv.Get, Key: string(rune('a' + load.IntN(2)))}
	switch load.IntN(3 + reads) {
	case 0:
		r.Op, r.Value = raftkv.Put, value
	case 1, 2:
		r.Op, r.Value = raftkv.Append, value
	}
	return r
}

// A bug must be found; the words are of what it does to the store. Nodes that forget may also leave it
// without a leader for good. Which faults are needed is not asked for: a machine that is busy with other
// things may run a seed in another order, and then nothing can be taken out.
func TestBugsAreFound(t *testing.T) {
	for bug, word := range map[string]string{
		voteUnsynced: "failed after",
		dirUnsynced:  "failed after",
		staleReads:   "is not linearizable",
		noKey:        "is not linearizable",
	} {
		t.Run(bug, func(t *testing.T) { planted.Find(t, "TestStoreIsLinearizable", bug, "faults", word) })
	}
}
