//go:build linux

package ring

import (
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// askFlags are the kernel's two ways to ask for an enter with GETEVENTS:
// only that flushes overflowed results (io_uring_enter(2)), and with
// IORING_SETUP_COOP_TASKRUN only an enter runs what makes the results.
const askFlags = IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN

// Submit gives every filled slot to the kernel and returns how many it took.
//
// It enters the kernel as often as that needs: again after a signal, and again
// after a short count. When the kernel is out of memory (EAGAIN) or cannot
// flush overflowed results (EBUSY), Submit returns a nil error and leaves the
// rest Pending: reap, then submit again. With nothing filled and nothing asked
// for by the kernel there is no system call.
func (r *Ring) Submit() (n int, err error) {
	return r.submit(sysEnter)
}

// SubmitHeavy is Submit for a batch that may take long, such as buffered file
// reads that are copied inside the call: the scheduler is told, and can run
// other goroutines meanwhile.
func (r *Ring) SubmitHeavy() (n int, err error) {
	return r.submit(sysEnterHeavy)
}

// SubmitKept is Submit by a thread that does not end before the ring is closed.
func (r *Ring) SubmitKept() (n int, err error) {
	return r.submit(r.keeper.enter)
}

// entering is a way to enter the kernel.
type entering func(fd int, toSubmit, flags uint32) unix.Errno

func (r *Ring) submit(by entering) (n int, err error) {
	if err := r.usable(); err != nil {
		return 0, err
	}
	r.sq.publish()
	for {
		todo, flags := r.sq.pending(), r.enterFlags()
		if todo == 0 && flags == 0 {
			return n, nil
		}
		errno := r.enter(todo, flags, by)
		// The head, not the return value, says what was consumed: it is right
		// after an error too.
		left := r.sq.pending()
		n += int(todo - left)
		if errno != 0 && !later(errno) {
			return n, r.failed(errno)
		}
		if left == 0 || left == todo || errno != 0 {
			return n, nil
		}
	}
}

// Holds reports whether a submission with userData is Pending.
func (r *Ring) Holds(userData uint64) bool {
	for i := atomic.LoadUint32(r.sq.khead); i != r.sq.tail; i++ {
		if r.sq.sqes[i&r.sq.mask].UserData == userData {
			return true
		}
	}
	return false
}

// usable returns the error of a closed ring, or one that Reap met.
func (r *Ring) usable() error {
	if r.closed.Load() {
		return ErrClosed
	}
	err := r.deferred
	r.deferred = nil
	return err
}

// askedFor returns what the kernel asks for, and counts overflows.
func (r *Ring) askedFor() uint32 {
	flags := r.sq.flags() & askFlags
	if flags&IORING_SQ_CQ_OVERFLOW != 0 {
		r.overflows++
	}
	if flags&IORING_SQ_TASKRUN == 0 {
		r.foreign.Store(false)
	}
	return flags
}

func (r *Ring) enterFlags() uint32 {
	if r.askedFor() != 0 {
		return IORING_ENTER_GETEVENTS
	}
	return 0
}

// enter enters the kernel, again after a signal: SIGURG, the runtime's
// preemption, arrives at any time, and EINTR means that nothing was consumed.
func (r *Ring) enter(toSubmit, flags uint32, by entering) unix.Errno {
	for {
		r.enters++
		errno := by(r.fd, toSubmit, flags)
		if errno != unix.EINTR {
			r.noteForeign(flags)
			return errno
		}
	}
}

// noteForeign looks whether work is left after an enter that ran ours. It then
// belongs to the thread that submitted the operation: with COOP_TASKRUN the
// kernel does not interrupt that thread, and no other can do its work. See
// BenchmarkRecvWhileSubmitterComputes for what that costs.
func (r *Ring) noteForeign(flags uint32) {
	if flags&IORING_ENTER_GETEVENTS != 0 {
		r.foreign.Store(r.sq.flags()&IORING_SQ_TASKRUN != 0)
	}
}

// later reports whether errno means: not now, reap and try again.
func later(errno unix.Errno) bool {
	return errno == unix.EAGAIN || // no memory for the request
		errno == unix.EBUSY // overflowed results do not fit the CQ
}
