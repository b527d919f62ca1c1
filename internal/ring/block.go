//go:build linux

package ring

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// SubmitAndWait submits like Submit, then blocks the thread until want results
// are ready to be reaped. It is for tests and tools: a program's loop waits in
// the network poller, which holds no thread.
//
// A negative timeout is none. When the time is up the error is unix.ETIME,
// whatever was submitted. A timeout needs IORING_FEAT_EXT_ARG (5.11); without
// it the error satisfies errors.Is(err, errors.ErrUnsupported).
func (r *Ring) SubmitAndWait(want int, timeout time.Duration) (n int, err error) {
	if r.deferred != nil || r.closed.Load() {
		return 0, r.unusable()
	}
	if timeout >= 0 && r.features&IORING_FEAT_EXT_ARG == 0 {
		return 0, fmt.Errorf("io_uring_enter: wait with a timeout: %w", errors.ErrUnsupported)
	}
	// The kernel waits for no more than fits the queue.
	want = min(max(want, 0), len(r.cq.cqes))
	deadline := time.Now().Add(timeout)
	atomic.StoreUint32(r.sq.ktail, r.sq.tail)
	for {
		todo := uint32(r.Pending())
		if todo == 0 && int(atomic.LoadUint32(r.cq.ktail)-r.cq.head) >= want {
			return n, nil
		}
		r.enters.Add(1)
		errno := sysEnterWait(r.fd, todo, uint32(want), r.waitLimit(timeout, deadline))
		left := uint32(r.Pending())
		n += int(todo - left)
		switch {
		case errno == 0 && (todo == 0 || left < todo), errno == unix.EINTR:
			// Look again: a signal, a short count, or a timeout that passed in
			// a call that also submitted, which returns the count and not ETIME.
		case errno == unix.ETIME:
			return n, unix.ETIME
		case errno == 0 || later(errno):
			return n, nil
		default:
			return n, r.failed(errno)
		}
	}
}

// waitLimit fills in what is left of the timeout. The argument and its
// timespec live in the Ring, in the heap, because the one holds the other's
// address.
func (r *Ring) waitLimit(timeout time.Duration, deadline time.Time) *geteventsArg {
	if timeout < 0 {
		return nil
	}
	r.waitSpec = TimespecOf(time.Until(deadline))
	r.waitArg = geteventsArg{ts: ptrOf(&r.waitSpec)}
	return &r.waitArg
}

// TimespecOf converts a duration; a negative one becomes zero, because the
// kernel answers EINVAL to it.
func TimespecOf(d time.Duration) Timespec {
	d = max(d, 0)
	return Timespec{Sec: int64(d / time.Second), Nsec: int64(d % time.Second)}
}
