package proactor

import (
	"iter"
	"math/bits"
	"time"
)

// A Histogram counts how long operations took, from the round of the loop that took them to the
// round that found their result. It has 4 buckets for each doubling from a microsecond to 68 s,
// so a quantile is at most 19% off. It does not include the time that an operation waited before,
// for a slot or behind others.
//
// Of operations that complete in the round that took them, one in 64 is timed and stands for all.
// Operations that wait are all timed. Receives and sends that package await makes without the
// proactor (see Stats) are timed if a receive waits: all that take a millisecond or more, and one
// in 16 of the shorter ones, which stands for all.
type Histogram struct {
	Count  uint64        // operations
	Sum    time.Duration // of their times
	counts [latencyBuckets]uint64
}

// The buckets are of powers of two of nanoseconds, divided in four.
const (
	latencyFirst   = 10 // 2^10 ns: what is faster is in bucket 0
	latencyLast    = 36 // 2^36 ns: what is slower is in the last one
	latencyBuckets = 4*(latencyLast-latencyFirst) + 2
)

// latencyBucket is the bucket of a time in nanoseconds.
func latencyBucket(nanos int64) int {
	if nanos < 1<<latencyFirst {
		return 0
	}
	octave := bits.Len64(uint64(nanos)) - 1
	if octave >= latencyLast {
		return latencyBuckets - 1
	}
	return 1 + 4*(octave-latencyFirst) + int(nanos>>(octave-2)&3)
}

// latencyBound is the time, in nanoseconds, that all of bucket i is below; of the last one it is
// 1.25 times where it begins, which nothing holds to.
func latencyBound(i int) int64 {
	octave, quarter := latencyFirst+i/4, int64(4+i%4)
	return quarter << (octave - 2)
}

// add counts an operation that took nanos, as that many times.
func (h *Histogram) add(nanos int64, times uint64) {
	nanos = max(nanos, 0)
	h.Count += times
	h.Sum += time.Duration(nanos) * time.Duration(times)
	h.counts[latencyBucket(nanos)] += times
}

// Add adds the counts of other, such as those of another loop.
func (h *Histogram) Add(other *Histogram) {
	h.Count += other.Count
	h.Sum += other.Sum
	for i, n := range other.counts {
		h.counts[i] += n
	}
}

// Quantile returns the time within which the share q, 0 to 1, of the operations was complete, as
// the upper bound of its bucket. Without operations it returns 0.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank, seen := uint64(q*float64(h.Count)), uint64(0)
	for i, n := range h.counts {
		if seen += n; n > 0 && seen > min(rank, h.Count-1) {
			return time.Duration(latencyBound(i))
		}
	}
	return 0
}

// Buckets returns the upper bounds of all buckets, in order. Each comes with the number of
// operations that took less than that bound and not less than the bound before. The last, 86 s,
// has all that took 68 s or more.
func (h *Histogram) Buckets() iter.Seq2[time.Duration, uint64] {
	return func(yield func(time.Duration, uint64) bool) {
		for i, n := range h.counts {
			if !yield(time.Duration(latencyBound(i)), n) {
				return
			}
		}
	}
}
