//go:build unix

package sim

import (
	"math/rand/v2"
	"time"

	"github.com/awaitio/awaitio/internal/sim"
)

// A Dist is a distribution of durations. It is uniform from Min to Max. If Mean is above Min, it
// is exponential from Min with that mean, cut off at Max if Max is set. The zero Dist means the
// default where it is used; use Fixed(0) for no time.
type Dist struct {
	Min, Mean, Max time.Duration
	fixed          bool
}

// Fixed returns the distribution with only the duration d.
func Fixed(d time.Duration) Dist { return Dist{Min: d, Max: d, fixed: true} }

// Draw draws a duration from r.
func (d Dist) Draw(r *rand.Rand) time.Duration { return d.inner().Pick(r.Uint64()) }

func (d Dist) inner() sim.Dist { return sim.Dist{Min: d.Min, Mean: d.Mean, Max: d.Max} }

// or is d, or other if d is the zero Dist.
func (d Dist) or(other Dist) Dist {
	if d == (Dist{}) {
		return other
	}
	return d
}
