//go:build unix

package sim

import "time"

// A Dist is a distribution of durations: even from Min to Max or, where Mean is set,
// exponential from Min with that mean, and cut off at Max where Max is set.
type Dist struct{ Min, Mean, Max time.Duration }

// Fixed is the distribution of one duration.
func Fixed(d time.Duration) Dist { return Dist{Min: d, Max: d} }

// at is the duration for a drawn number.
func (d Dist) at(u uint64) time.Duration {
	switch {
	case d.Mean > d.Min:
		x := d.Min + time.Duration(float64(d.Mean-d.Min)*exponential(u))
		if d.Max > 0 {
			x = min(x, d.Max)
		}
		return x
	case d.Max > d.Min:
		return d.Min + time.Duration(u%uint64(d.Max-d.Min+1))
	}
	return d.Min
}

// varies reports whether d is more than one duration.
func (d Dist) varies() bool { return d.Mean > d.Min || d.Max > d.Min }

// Pick is the duration for a number drawn evenly from all of 64 bits.
func (d Dist) Pick(u uint64) time.Duration { return d.at(u) }

// even is the distribution of a Span.
func (s Span) even() Dist { return Dist{Min: s.Min, Max: s.Max} }
