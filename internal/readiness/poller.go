package readiness

import "time"

// A Poller tells when a descriptor would not block. It is what kqueue and epoll
// are to the engine, which makes completions of that.
//
// One goroutine at a time, the loop, calls everything but Wake.
type Poller interface {
	// Name is "epoll" or "kqueue".
	Name() string

	// Arm asks to be told once when fd is ready to be read, to be written, or
	// either, in place of what was asked for fd before. It tells at once if fd
	// is ready already. After an event, what the event did not name may be
	// disarmed too: the engine arms again for operations that still wait. Neither an event that
	// comes for no reason nor one for an earlier descriptor of that number does
	// harm.
	//
	// EPERM means that fd cannot be watched and never blocks, as a regular file.
	Arm(fd int, read, write bool) error

	// Watch has a connection told of, edge-triggered, until Arm or Disarm: each time when there
	// is something new to read. It tells at once if there is something already.
	Watch(fd int) error

	// AwaitRoom asks to be told once when fd, which is watched, has room to write. A poller
	// that tells of that without being asked has nothing to do.
	AwaitRoom(fd int) error

	// Ended reports whether something of fd, which is watched, may have been told that is told
	// once: the end of the stream, an error, or urgent data.
	Ended(fd int) bool

	// Disarm takes back what was asked for fd, before it is closed. fd need not
	// be armed, nor open.
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

	// Close gives back the poller's descriptors. Twice is fine.
	Close() error
}
