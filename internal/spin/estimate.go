// Package spin estimates whether it pays to look for a result for a while before parking
// (adaptive spin). It must never spin itself.
package spin

import "time"

// An Estimate is of the spins of late. The zero Estimate knows of none. Its
// callers see to it that one call is made at a time.
type Estimate struct {
	score   int
	skipped uint          // for want of a score
	owed    time.Duration // see Lost
}

const (
	Max      = 16
	Gain     = 2   // of a spin that found a result
	Cost     = 3   // of one that did not: spinning pays if three in five succeed
	AnyEvery = 256 // calls without a score, one spins to find out
)

// Worth reports whether to spin. If so a call of Note is to follow.
func (e *Estimate) Worth() bool {
	if e.owed > 0 {
		e.owed -= saved
		return false
	}
	if e.score > 0 {
		return true
	}
	e.skipped++
	return e.skipped%AnyEvery == 0
}

// Note records whether a spin found a result.
func (e *Estimate) Note(found bool) {
	if found {
		e.score = min(e.score+Gain, Max)
	} else {
		e.score = max(e.score-Cost, 0)
	}
}

// Lost records that a yield within a spin took d. If that is long, the CPU went to a thread that computes. Who
// parks is preferred to such a thread when woken, and who yields comes after it. So there is no spin for as many calls as
// would save that time.
func (e *Estimate) Lost(d time.Duration) {
	if d > lostMin {
		e.owed += d
	}
}

const (
	lostMin = 100 * time.Microsecond // no thread that only answers takes so long
	saved   = 2500 * time.Nanosecond // by a spin that finds a result, half of what a sleep and a wake-up of the thread cost
)

// Score is between 0 and Max.
func (e *Estimate) Score() int { return e.score }

// Hold is how long a spin keeps the CPU. From then on it yields the CPU between polls: what it waits for may
// be the work of a thread that waits for this CPU. See docs/decisions/yieldcpu.md.
const Hold = 5 * time.Microsecond

// Sure is the highest estimate.
func Sure() Estimate { return Estimate{score: Max} }
