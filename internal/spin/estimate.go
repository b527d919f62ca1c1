// Package spin estimates whether it pays to look for a result for a while before parking
// (adaptive spin). It must never spin itself.
package spin

import "time"

// An Estimate is of the spins of late. The zero Estimate knows of none. Its
// callers see to it that one call is made at a time.
type Estimate struct {
	score   int
	skipped uint // for want of a score
}

const (
	Max      = 16
	Gain     = 2   // of a spin that found a result
	Cost     = 3   // of one that did not: spinning pays if three in five succeed
	AnyEvery = 256 // calls without a score, one spins to find out
)

// Worth reports whether to spin. If so a call of Note is to follow.
func (e *Estimate) Worth() bool {
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

// Score is between 0 and Max.
func (e *Estimate) Score() int { return e.score }

// Hold is how long a spin keeps the CPU. From then on it yields the CPU between polls: what it waits for may
// be the work of a thread that waits for this CPU. See docs/decisions/yieldcpu.md.
const Hold = 5 * time.Microsecond

// Sure is the highest estimate.
func Sure() Estimate { return Estimate{score: Max} }
