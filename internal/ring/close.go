//go:build linux

package ring

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// Close stops what is still in flight and waits for it, then gives the ring
// back. A descriptor that nobody can take any more is closed.
func (b *Backend) Close() error {
	if b.closed {
		return nil
	}
	b.closed = true
	if b.failure != nil {
		return b.closeFailed()
	}
	err := b.drain()
	b.workers.Wait()
	b.ring.Settle()
	return firstError(err, b.Spot.Close(), b.ring.Close())
}

// drain stops what is in flight and waits for it.
func (b *Backend) drain() error {
	var events [reapMax]backend.Event
	for i := range b.operations {
		if f := &b.operations[i]; f.req != nil && f.stop != stopAsked {
			for !b.Cancel(f.token, backend.TokenNone) {
				if err := b.flush(); err != nil {
					return err
				}
			}
		}
	}
	for b.live > 0 {
		if _, err := b.Submit(nil); err != nil {
			return err
		}
		if at := b.askAt(); !at.IsZero() {
			time.Sleep(time.Until(at))
		} else if b.live > 0 {
			if err := b.Wait(time.Time{}); err != nil {
				return err
			}
		}
		for n := b.Reap(events[:]); n > 0; n = b.Reap(events[:]) {
			b.discard(events[:n])
		}
	}
	return nil
}

// Leave gives up an operation that the kernel or a worker has.
func (b *Backend) Leave(t backend.Token) bool {
	f := b.lookup(t)
	if f == nil || f.req == nil || f.state == withWorker && !b.workers.Leave(&f.args.job) {
		return false
	}
	f.req, f.token = nil, backend.TokenNone
	b.live--
	return true
}

// discard closes the descriptors among results that nobody takes.
func (b *Backend) discard(events []backend.Event) {
	for _, e := range events {
		if e.Result >= 0 && backend.DescriptorOps&(1<<b.operations[e.Token.Index].op) != 0 {
			_ = unix.Close(e.Result) // nobody is left to hear of an error
		}
	}
}

// A ring that cannot be entered any more, because a filter forbids it from now on or
// something else has closed its descriptor, still has operations in the kernel. Where
// there is another way to stop them (IORING_REGISTER_SYNC_CANCEL, Linux 6.0), their
// results are collected as they come. The rest ends some time after the ring is
// closed, and nobody hears of it.

const (
	salvageRounds = 50 // Arms to wait for results
	salvagePause  = time.Millisecond
	closePause    = 10 * time.Millisecond // for the kernel to stop what a closed ring had
)

// salvaging is Submit's answer once the ring has failed: nil as long as results may
// come of what the kernel has been made to stop.
func (b *Backend) salvaging() error {
	switch {
	case b.salvage > 0:
		return nil
	case b.salvage < 0 || b.live == 0 || b.ring.cancelAll() != 0:
		b.salvage = -1
		return b.failure
	}
	b.salvage = salvageRounds
	return nil
}

// awaitSalvage is Arm's answer once the ring has failed. It waits for a moment.
func (b *Backend) awaitSalvage() error {
	if b.salvage--; b.salvage <= 0 {
		b.salvage = -1
		return b.failure
	}
	time.Sleep(salvagePause)
	return nil
}

// closeFailed is Close once the ring has failed.
func (b *Backend) closeFailed() error {
	b.workers.Wait() // they use what was lent
	err := firstError(b.failure, b.Spot.Close(), b.ring.Close())
	if b.live > 0 {
		time.Sleep(closePause)
	}
	return err
}

// cancelAll stops all that the kernel has of the ring.
func (r *Ring) cancelAll() unix.Errno {
	arg := syncCancelArg{fd: -1, flags: IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY}
	arg.timeout = TimespecOf(salvagePause)
	switch errno := sysCancelAll(r.fd, &arg); errno {
	case unix.ENOENT, unix.EALREADY, unix.ETIME: // nothing to stop, or not at once
		return 0
	default:
		return errno
	}
}

// Unsent reports whether the request with a token, which has no event, is one that
// the kernel never took.
func (b *Backend) Unsent(t backend.Token) bool {
	f := b.lookup(t)
	return f == nil || f.state == outside && f.stage == stageMain || b.ring.Holds(userData(t))
}
