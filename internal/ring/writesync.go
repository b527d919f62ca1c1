//go:build linux

package ring

import (
	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// An OpWriteSync is a write with an fsync linked to it: the kernel starts the
// second when the first has written everything, and ends it with ECANCELED when
// the first failed or wrote a part only (io_uring_enter(2), IOSQE_IO_LINK). Both
// results have come by the time one of the functions below decides what they
// mean together.

// concludeWritten goes on after the write of a pair has got somewhere.
func (b *Backend) concludeWritten(f *flight) (backend.Event, bool) {
	if f.result < int32(lenOf(f.req.Buf)) {
		return b.event(f, f.result), true // the rest is the proactor's to ask for
	}
	f.written = f.result
	if f.torn {
		return b.concludeSync(f, -int32(unix.ECANCELED)) // whatever it says, it may have been too early
	}
	return b.concludeSync(f, f.synced)
}

// concludeSync decides what the sync means of what was written: its failure is
// the operation's. Stopped unasked, as when the thread that submitted it has
// ended, it is submitted again, by itself.
func (b *Backend) concludeSync(f *flight, result int32) (backend.Event, bool) {
	errno := unix.Errno(-result)
	switch {
	case result >= 0:
		return b.event(f, f.written), true
	case errno == unix.EFAULT:
		f.stage = stageSync
		return b.concludeFaulted(f)
	case errno != unix.ECANCELED && errno != unix.EINTR:
		return b.event(f, result), true
	}
	f.stage = stageSync
	if f.asked {
		return b.stopped(f), true
	}
	if f.tries++; f.tries > triesMax {
		return b.event(f, result), true
	}
	return b.retry(f)
}

// stopped ends a flight that was asked to stop.
func (b *Backend) stopped(f *flight) backend.Event {
	if f.stage != stageSync {
		return b.event(f, -int32(unix.ECANCELED))
	}
	e := b.event(f, f.written)
	e.Flags |= backend.Unsynced
	return e
}

// underWay is what the kernel calls the submission of f that can be cancelled:
// once the write has ended, the sync.
func (f *flight) underWay() uint64 {
	if f.req.Op == backend.OpWriteSync && f.stage == stageMain && f.left == 1 {
		return uint64(f.token) | companion
	}
	return uint64(f.token)
}

// noteTorn takes in which links the kernel has torn. Of a linked timeout its
// result tells.
func (b *Backend) noteTorn() {
	for _, userData := range b.ring.Torn() {
		token := backend.Token(userData &^ (companion | cancellation))
		if f := b.lookup(token); f != nil && userData&companion != 0 {
			f.torn = true
		}
	}
}
