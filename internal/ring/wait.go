//go:build linux

package ring

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/park"
)

var (
	_ backend.Sharer  = (*Backend)(nil)
	_ backend.Settler = (*Backend)(nil)
)

// openSpot makes the place where the loop's goroutine parks: at an eventfd that
// the kernel writes to with each result, unless told to Mute. The ring's own
// descriptor would do, but cannot be muted: each result that the loop finds by
// itself would wake a thread in Go's poller for nothing.
//
// Nobody reads the eventfd: the poller is told of every write to it.
func (b *Backend) openSpot() error {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return setupError("eventfd", err.(unix.Errno))
	}
	if err := b.ring.RegisterEventfd(fd); err != nil {
		return firstError(err, unix.Close(fd))
	}
	b.spot, err = park.New(fd, "io_uring", b.ring.Ready)
	b.ring.Mute(true)
	return firstError(err, unix.Close(fd)) // the ring and the spot have it for themselves
}

// Settle returns when the kernel has let go of the files of all results reaped.
func (b *Backend) Settle() { b.ring.Settle() }

// Wake ends a Wait, or the next.
func (b *Backend) Wake() { b.spot.Wake() }

// unsubmittedDelay is how long to wait with submissions that the kernel had no
// memory for, when nothing else happens.
const unsubmittedDelay = time.Millisecond

// Wait parks the goroutine until there may be something to reap.
func (b *Backend) Wait(deadline time.Time) error {
	wait, err := b.Arm(deadline)
	if wait && err == nil {
		err = b.Park()
		b.Resume()
	}
	return err
}

// Arm prepares a Park, unless there is something to do already.
func (b *Backend) Arm(deadline time.Time) (wait bool, err error) {
	if b.failure != nil {
		return false, b.awaitSalvage()
	}
	if b.unfinished() {
		return false, nil
	}
	if err := b.spot.Arm(b.limit(deadline)); err != nil {
		return false, err
	}
	b.ring.Mute(false)
	if b.ring.Ready() {
		b.ring.Mute(true)
		return false, nil
	}
	return true, nil
}

// Park parks the goroutine until Wake, a result or what was armed.
func (b *Backend) Park() error { return b.spot.Park() }

// Resume makes the caller the loop, beside a Park or after it.
func (b *Backend) Resume() { b.ring.Mute(true) }

// Covers ends what Resume began while another goroutine parks, and reports
// whether that one will hear of all there is to do until deadline.
func (b *Backend) Covers(deadline time.Time) bool {
	if b.unfinished() || !b.spot.Covers(b.limit(deadline)) {
		return false
	}
	b.ring.Mute(false)
	return !b.ring.Ready()
}

// Ready reports whether Reap has something to do.
func (b *Backend) Ready() bool {
	return len(b.local) > 0 || b.finished() || b.ring.Ready()
}

// unfinished reports whether there is something to do that the kernel does not
// tell of.
func (b *Backend) unfinished() bool {
	return len(b.local) > 0 || len(b.again) > 0 || b.finished()
}

// finished reports whether there are results of workers.
func (b *Backend) finished() bool { return b.workers.finished() || b.closers.finished() }

// limit is when there is something to do that nothing else tells of.
func (b *Backend) limit(deadline time.Time) time.Time {
	if b.ring.Pending() > 0 {
		deadline = earlier(deadline, time.Now().Add(unsubmittedDelay))
	}
	return earlier(deadline, b.askAt())
}
