// Package pulse lets the loops of one IO see whether one of them waits for a CPU that another
// one has. It must never wait for a loop.
package pulse

import (
	"sync/atomic"
	"time"
)

// A Set has a slot for each loop.
type Set []slot

// A slot is when its loop last made a round, as Now says; 0 if the loop has nothing to do. Only
// that loop writes it, once a round, and it has a cache line of its own.
type slot struct {
	at atomic.Int64
	_  [56]byte
}

// A Pulse is one loop's. The zero Pulse is of a loop that is alone.
type Pulse struct {
	set    Set
	own    int
	looked int // which loop AnotherStarves has looked at
}

// Of is the pulse of loop i.
func (s Set) Of(i int) Pulse { return Pulse{set: s, own: i} }

// epoch is when all the clocks begin.
var epoch = time.Now()

// Now is the instant for Beat. It is monotonic, and never 0.
func Now() time.Duration { return time.Since(epoch) + 1 }

// IsAlone reports whether there is no other loop.
func (p Pulse) IsAlone() bool { return len(p.set) < 2 }

// Beat says that the loop made a round at now.
func (p Pulse) Beat(now time.Duration) { p.set[p.own].at.Store(int64(now)) }

// Rest says that the loop has nothing to do.
func (p Pulse) Rest() { p.set[p.own].at.Store(0) }

// AnotherStarves looks at one other loop, at the next one each time. It reports whether that
// loop has had something to do, and has made no round since before now by more than limit.
//
// It is one, as each slot is a cache line that its loop writes each round: a loop that
// looked at all in each round would wait for as many lines as there are loops.
func (p *Pulse) AnotherStarves(now, limit time.Duration) bool {
	if p.IsAlone() {
		return false
	}
	if p.looked = (p.looked + 1) % len(p.set); p.looked == p.own {
		p.looked = (p.looked + 1) % len(p.set)
	}
	at := p.set[p.looked].at.Load()
	return at != 0 && int64(now)-at > int64(limit)
}
