// Package pulse lets the loops of one IO see whether one of them waits for a CPU that another
// one has. It must never wait for a loop.
package pulse

import (
	"sync/atomic"
	"time"
)

// A Set has a slot for each loop.
type Set struct {
	slots     []slot
	contended atomic.Int64 // until when: see SetContended
}

// NewSet is a Set of so many loops.
func NewSet(loops int) *Set { return &Set{slots: make([]slot, loops)} }

// A slot is when its loop last made a round, as Now says; 0 if the loop has nothing to do. Only
// that loop writes it, once a round, and it has a cache line of its own.
type slot struct {
	at atomic.Int64
	_  [56]byte
}

// A Pulse is one loop's. The zero Pulse is of a loop that is alone.
type Pulse struct {
	set    *Set
	own    int
	looked int   // which loop Starved has looked at
	seen   int64 // what Times has found in its slot
	times  int   // how often it has
}

// Of is the pulse of loop i.
func (s *Set) Of(i int) Pulse { return Pulse{set: s, own: i} }

// epoch is when all the clocks begin.
var epoch = time.Now()

// Now is the instant for Beat. It is monotonic, and never 0.
func Now() time.Duration { return time.Since(epoch) + 1 }

// At is the time that was when Now returned d.
func At(d time.Duration) time.Time { return epoch.Add(d - 1) }

// IsAlone reports whether there is no other loop.
func (p *Pulse) IsAlone() bool { return p.set == nil || len(p.set.slots) < 2 }

// Beat says that the loop made a round at now.
func (p *Pulse) Beat(now time.Duration) { p.set.slots[p.own].at.Store(int64(now)) }

// Rest says that the loop has nothing to do.
func (p *Pulse) Rest() { p.set.slots[p.own].at.Store(0) }

// Starved looks at one other loop, at the next one each time. It returns for how long that loop has
// had something to do and has made no round; 0 if it has nothing to do.
//
// It is one, as each slot is a cache line that its loop writes each round: a loop that
// looked at all in each round would wait for as many lines as there are loops.
func (p *Pulse) Starved(now time.Duration) time.Duration {
	if p.IsAlone() {
		return 0
	}
	if p.looked = (p.looked + 1) % len(p.set.slots); p.looked == p.own {
		p.looked = (p.looked + 1) % len(p.set.slots)
	}
	at := p.set.slots[p.looked].at.Load()
	if at == 0 {
		return 0
	}
	return max(now-time.Duration(at), 0)
}

// Times is how often it has been called since the loop that Starved has looked at made a round.
func (p *Pulse) Times() int {
	if at := p.set.slots[p.looked].at.Load(); at != p.seen {
		p.seen, p.times = at, 0
	}
	p.times++
	return p.times
}

// SetContended says that until then the system has more threads to run than CPUs: it has taken a loop's CPU
// away.
func (p *Pulse) SetContended(until time.Duration) { p.set.contended.Store(int64(until)) }

// IsContended reports whether it is so at now.
func (p *Pulse) IsContended(now time.Duration) bool { return int64(now) < p.set.contended.Load() }
