// Package proactor carries out I/O operations and calls back when they are
// complete. One goroutine at a time, the loop, owns one kernel facility (an io_uring on
// Linux) and hands it in batches what any number of goroutines submit.
//
//	var c proactor.Completion
//	err := p.Recv(&c, fd, buf, 0, func(c *proactor.Completion, r proactor.Result) {
//		// r.N bytes of buf are filled, or r.Err says why not
//	})
//
// It is the layer below package await, whose calls block and which most programs
// want; this one is for programs that own their loop.
//
// # Submitting
//
// Every operation is a method that takes the caller's Completion, what the
// system call of that name takes, and a callback. It never blocks, and may be
// called from any goroutine and from callbacks. If it returns an error, which
// says in words what is wrong with the arguments, nothing was submitted and the
// callback is not called. Otherwise the callback is called exactly once, by the
// loop, and until then the Completion and the buffer belong to the proactor.
//
// Submitting wakes the loop if it waits. To do without, and to have several
// operations enter the kernel together, call SetBatched on each Completion and
// Flush once behind them: on io_uring the caller then does in place of a loop
// that waits what there is to do, callbacks included. Operations for which it counts
// whose they are (connect, openat, socket, statx) are left to the loop: a goroutine
// that is locked to a thread with credentials, namespaces or a working directory of
// its own does not lend them to others, and does not have them here.
//
// # Ends
//
// An operation that completed has a nil error, or the kernel's, even if a
// timeout or cancellation came in the meantime. One that its timeout stopped
// has an error that is os.ErrDeadlineExceeded and ErrCanceled; one that was
// cancelled has ErrCanceled alone; one whose descriptor or proactor was closed
// has net.ErrClosed.
package proactor
