package readiness

import "time"

// A Poller tells when a descriptor would not block: kqueue or epoll.
//
// One goroutine at a time, the loop, calls its methods. Any goroutine may call Wake.
type Poller interface {
	// Name is "epoll" or "kqueue".
	Name() string

	// Arm asks for one event when fd is ready to be read, to be written, or either. It
	// replaces what was asked for fd before. If fd is ready already, the event comes at once.
	// After an event for one direction the other may be disarmed too: the engine arms again for
	// operations that still wait. An event without a reason, or for an earlier descriptor with
	// that number, does no harm.
	//
	// EPERM means that fd cannot be watched and never blocks, as a regular file.
	Arm(fd int, read, write bool) error

	// Watch asks for events of a connection, edge-triggered, until Arm or Disarm: each time
	// when there is something new to read, and at once if there is something already.
	Watch(fd int) error

	// AwaitRoom asks for one event when fd, which is watched, has room to write. It does
	// nothing if Watch asks for that already.
	AwaitRoom(fd int) error

	// Ended reports whether fd, which is watched, may have had an event that comes only once: the
	// end of the stream, an error, or urgent data.
	Ended(fd int) bool

	// Disarm cancels what was asked for fd, before fd is closed. fd need not be armed or open.
	Disarm(fd int)

	// Wait blocks until an event may be there, the deadline has passed (zero:
	// none) or Wake. It may return early for no reason.
	Wait(deadline time.Time) error

	// Events calls tell for each descriptor that became ready, without blocking.
	// An error or hang-up counts as ready both ways. tell may call Arm.
	Events(tell func(fd int, read, write bool)) error

	// Wake ends a Wait, or the next. It may be called from any goroutine at any
	// time, after Close too.
	Wake()

	// SystemCalls is how often the poller has entered the kernel.
	SystemCalls() uint64

	// Close closes the poller's descriptors. It may be called twice.
	Close() error
}
