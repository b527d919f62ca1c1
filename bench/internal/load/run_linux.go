package load

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/bench/internal/latency"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// patience is how long the server may stay silent.
const patience = 20 * time.Second

// Run sends requests for d on all connections, and waits for the answers to the
// last of them.
func (g *Generator) Run(d time.Duration) (wire.Window, error) {
	if g.idle {
		return g.rest(d), nil
	}
	g.latency = latency.NewRecorder(3)
	g.window = wire.Window{}
	begin := g.now()
	g.until = begin + d
	if err := g.begin(begin); err != nil {
		return wire.Window{}, err
	}
	for g.waiting > 0 {
		if err := g.turn(); err != nil {
			return wire.Window{}, err
		}
	}
	g.window.Elapsed = g.now() - begin
	g.window.Micros = g.latency.Micros()
	if len(g.conns) > 1 && !g.group {
		g.window.Values = map[string]float64{"fair": g.fairness()}
	}
	return g.window, nil
}

// fairness is how many answers the slowest connection got, over those of the fastest.
func (g *Generator) fairness() float64 {
	least, most := g.conns[0].done, int64(1)
	for i := range g.conns {
		least, most = min(least, g.conns[i].done), max(most, g.conns[i].done)
	}
	return float64(least) / float64(most)
}

// rest is a Run on connections that are idle.
func (g *Generator) rest(d time.Duration) wire.Window {
	time.Sleep(d)
	return wire.Window{Ops: int64(len(g.conns)), Elapsed: d}
}

func (g *Generator) now() time.Duration { return time.Since(g.epoch) }

// begin sends the first requests.
func (g *Generator) begin(now time.Duration) error {
	g.waiting = len(g.conns)
	if g.group {
		return g.askAll(now)
	}
	for i := range g.conns {
		g.conns[i].done = 0
		if err := g.ask(&g.conns[i], now); err != nil {
			return err
		}
	}
	return nil
}

// turn has the engine do what there is to do.
func (g *Generator) turn() error {
	err := g.engine.turn()
	if errors.Is(err, unix.ETIME) {
		return fmt.Errorf("the server has not answered %d connections for %v", g.waiting, patience)
	}
	return err
}

// done counts the answer that c has now got in full, and goes on.
func (g *Generator) done(c *conn) error {
	now := g.now()
	g.window.Ops++
	c.done++
	if g.group {
		return g.doneOfGroup(now)
	}
	g.latency.Record(now - c.begun)
	if now < g.until {
		return g.ask(c, now)
	}
	g.waiting--
	return nil
}

// doneOfGroup is done for a message to all, whose latency is the last one's.
func (g *Generator) doneOfGroup(now time.Duration) error {
	if g.waiting--; g.waiting > 0 {
		return nil
	}
	g.latency.Record(now - g.begun)
	if now >= g.until {
		return nil
	}
	g.waiting = len(g.conns)
	return g.askAll(now)
}
