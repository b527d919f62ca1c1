//go:build linux

package ring

import (
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Ring is one io_uring. Open makes it; see the package comment for its use.
type Ring struct {
	fd       int
	features uint32
	flags    uint32
	sq       submissionQueue
	cq       completionQueue
	maps     mappings

	enters    uint64
	overflows uint64
	foreign   atomic.Bool // the task work flagged is another thread's
	deferred  error       // met in Reap, to be returned by the next Submit
	astray    bool        // the descriptor's number is not the ring's any more

	probe    *Probe
	probeErr error

	files  files
	keeper keeper

	waitArg  geteventsArg
	waitSpec Timespec

	closeMu sync.Mutex
	closed  atomic.Bool
}

func newRing(fd int, p params, m mappings) *Ring {
	r := &Ring{fd: fd, features: p.features, flags: p.flags, maps: m}
	r.sq = newSubmissionQueue(&r.maps, &p)
	r.cq = newCompletionQueue(&r.maps, &p)
	return r
}

// FD is the ring's descriptor. It is readable, to poll(2), while results wait.
// The Ring keeps owning it, and after Close there is none: -1.
func (r *Ring) FD() int {
	if r.closed.Load() {
		return noFD
	}
	return r.fd
}

// SQEntries is the size of the submission queue that the kernel gave.
func (r *Ring) SQEntries() int { return len(r.sq.sqes) }

// CQEntries is the size of the completion queue that the kernel gave.
func (r *Ring) CQEntries() int { return len(r.cq.cqes) }

// Features are the IORING_FEAT_ bits of the kernel.
func (r *Ring) Features() uint32 { return r.features }

// SetupFlags are the IORING_SETUP_ flags that the kernel accepted.
func (r *Ring) SetupFlags() uint32 { return r.flags }

// Enters counts the calls of io_uring_enter.
func (r *Ring) Enters() uint64 { return r.enters }

// Overflows counts how often the kernel was seen to hold results that did not
// fit the completion queue. None of them is lost; a larger queue is faster.
func (r *Ring) Overflows() uint64 { return r.overflows }

// Close unmaps the queues and closes the descriptor. Calling it again, also at
// the same time from another goroutine, does nothing and returns nil.
//
// Closing cancels nothing that is in flight and waits for nothing: the kernel
// tears the ring down later, in a thread of its own (liburing#329). Whoever
// lent buffers cancels and reaps first, or keeps them for ever.
func (r *Ring) Close() error {
	r.closeMu.Lock()
	defer r.closeMu.Unlock()
	if r.closed.Swap(true) {
		return nil
	}
	r.keeper.end()
	if r.astray {
		return r.maps.unmap() // the number may be somebody else's
	}
	return firstError(r.maps.unmap(), unix.Close(r.fd))
}
