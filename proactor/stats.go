package proactor

import (
	"errors"
	"sync/atomic"
)

// Stats has totals since the proactor was made, and current values: Queued, InFlight, Stuck, Held,
// LentBytes, MountThreads and Lost. The fields about calls on files and paths are set for an IO of
// package await; for a proactor they are 0.
//
// On epoll and kqueue, package await receives from a TCP connection and sends to it without an
// operation, if that need not wait. A receive that waits counts as an operation; other receives and
// sends are not counted.
type Stats struct {
	Queued   uint64 // operations that wait to be handed to the kernel
	InFlight uint64 // operations that the kernel has
	Stuck    uint64 // those in flight that were abandoned: no goroutine waits for them; never out of date

	Submitted uint64 // operations that the loop has accepted
	Completed uint64 // operations that have ended in any way
	Canceled  uint64 // completed ones that were stopped on request, by a close of their descriptor or of the proactor
	TimedOut  uint64 // completed ones that were stopped by their timeout
	Abandoned uint64 // completed ones whose result was discarded; a descriptor in it was closed

	Left    uint64 // calls on files and paths that their callers have left to the kernel
	Late    uint64 // calls on files and paths that took more than 100 ms; on a disk, counted when they end
	Refused uint64 // calls on files and paths that failed at once, because their mount does not answer

	// Held is how many transfers of files have ended for their callers (by a context, a deadline or a
	// close) but must be waited for, because the kernel has their callers' memory. It does not count a
	// transfer on its caller's thread that only a close can end: counting would cost as much as a read
	// from the page cache.
	Held         uint64
	LentBytes    uint64 // memory of the library that calls on files use
	MountThreads uint64 // threads that block in calls on mounts that may hang
	Lost         uint64 // those threads whose calls were stuck when their mount answered others again

	SystemCalls uint64 // system calls to submit, cancel or collect operations
	WakeUps     uint64 // how often a submission had to wake the loop
	Overflows   uint64 // how often the completion queue was full; no result is lost

	// BatchSizes[i] counts the batches of 2^i to 2^(i+1)-1 operations that were handed to the kernel.
	BatchSizes [batchClasses]uint64
}

// batchClasses is how many powers of two there are up to batchMax.
const batchClasses = 9

// Stats returns the counts of the loop's last round. A goroutine that has an operation's result
// finds it counted. Any goroutine may call Stats.
func (p *Proactor) Stats() Stats {
	k, b := &p.counters, p.backend.Counters()
	s := Stats{
		Queued:      k.published[publishedQueued].Load(),
		InFlight:    k.published[publishedInFlight].Load(),
		Stuck:       uint64(max(0, p.inFlight.stuck.Load())),
		Submitted:   k.published[publishedSubmitted].Load(),
		Completed:   k.published[publishedCompleted].Load(),
		Canceled:    k.canceled.Load(),
		TimedOut:    k.timedOut.Load(),
		Abandoned:   k.abandoned.Load(),
		SystemCalls: b.SystemCalls - k.opening,
		WakeUps:     k.wakeUps.Load(),
		Overflows:   b.Overflows,
	}
	if p.watcher != nil {
		parked, resumed := p.watcher.Receivers()
		s.InFlight += parked - resumed
		s.Submitted += parked
		s.Completed += resumed
	}
	for i := range s.BatchSizes {
		s.BatchSizes[i] = k.batches[i].Load()
	}
	return s
}

// counters are the counts that Stats returns. What is counted for each operation is a plain integer of
// the loop, which publishes it when it parks or stops.
type counters struct {
	submitted, completed, stale uint64
	opening                     uint64 // system calls that the backend made to open

	canceled, timedOut, abandoned, wakeUps atomic.Uint64
	batches                                [batchClasses]atomic.Uint64

	published [publishedCounts]atomic.Uint64 // see publish
}

// The indices of counters.published.
const (
	publishedQueued = iota
	publishedInFlight
	publishedSubmitted
	publishedCompleted
	publishedCounts
)

// failed counts the end of an operation that has failed.
func (k *counters) failed(err error) {
	switch {
	case err == errTimeout:
		k.timedOut.Add(1)
	case err == ErrCanceled, errors.Is(err, ErrClosed):
		k.canceled.Add(1)
	}
}
