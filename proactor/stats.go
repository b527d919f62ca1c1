package proactor

import (
	"errors"
	"sync/atomic"
)

// Stats has counts since the proactor was made, and current values: Queued, InFlight, Stuck,
// Held, LentBytes, MountThreads and Lost. The fields about calls on files and paths are for an IO
// of package await; a proactor's are 0.
//
// On epoll, package await receives from a TCP connection and sends to it without an operation, if
// that need not wait. A receive that waits counts as an operation; other receives and sends are
// not counted.
type Stats struct {
	Queued   uint64 // submissions in line for the kernel, now
	InFlight uint64 // operations the kernel has, now
	Stuck    uint64 // of these, the abandoned: nobody waits for them, and the kernel has not let go; exact at any moment

	Submitted uint64 // operations taken up
	Completed uint64 // operations that ended, however
	Canceled  uint64 // of these, stopped on request, by a close of their descriptor or of the proactor
	TimedOut  uint64 // of these, stopped by their timeout
	Abandoned uint64 // results that nobody was left to take; a descriptor among them was closed

	Left    uint64 // calls on files and paths that their callers have left to the kernel
	Late    uint64 // of all such calls, those that have taken more than 100 ms; on a disk once they have ended
	Refused uint64 // of all such calls, those that failed at once, since their mount does not answer

	// Held does not count a transfer on its caller's thread that only a close can end: noting it would
	// take as long as a read that the page cache answers.
	Held         uint64 // transfers of files past their end, now, that are waited for: the kernel has their callers' memory
	LentBytes    uint64 // what calls on files have of the library's own memory, now
	MountThreads uint64 // threads that calls on mounts that may hang have, now
	Lost         uint64 // of these, of calls from before the mount answered others again

	SystemCalls uint64 // entries into the kernel to submit, cancel or collect
	WakeUps     uint64 // times a submission had to wake the loop
	Overflows   uint64 // times results outran the completion queue; none is lost

	// BatchSizes[i] is how many batches of 2^i to 2^(i+1)-1 operations went to
	// the kernel.
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

// counters are what Stats shows. The loop counts in plain integers where an
// operation costs a count, and publishes them when it parks or stops.
type counters struct {
	submitted, completed, stale uint64
	opening                     uint64 // system calls that the backend took to open

	canceled, timedOut, abandoned, wakeUps atomic.Uint64
	batches                                [batchClasses]atomic.Uint64

	published [publishedCounts]atomic.Uint64 // see publish
}

// The places of what is published.
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
