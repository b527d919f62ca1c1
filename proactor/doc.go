// Package proactor carries out I/O operations and calls back when they are complete. One
// goroutine at a time, the loop, owns one kernel facility (an io_uring on Linux). It submits the
// operations of any number of goroutines to the kernel in batches.
//
//	var c proactor.Completion
//	err := p.Recv(&c, fd, buf, 0, func(c *proactor.Completion, r proactor.Result) {
//		// r.N bytes of buf are filled, or r.Err says why not
//	})
//
// Most programs want package await, the layer above, whose calls block. This package is for
// programs that own their loop.
//
// # Submitting
//
// Every operation is a method that takes the caller's Completion, the arguments of the system
// call of that name, and a callback. It never blocks. Any goroutine may call it, and so may
// callbacks. If it returns an error, nothing was submitted and the callback is not called. The
// error is an *OpError. errors.Is knows os.ErrInvalid (an argument makes no sense), ErrInUse,
// ErrQueueFull, ErrClosed and errors.ErrUnsupported (the system has no such operation). Otherwise
// the loop calls the callback exactly once; a nil callback is allowed. Until then the Completion
// and the buffer belong to the proactor. A descriptor stays the caller's.
//
// Submitting wakes the loop if it waits. To avoid that, and to submit several operations to the
// kernel together, call SetBatched on each Completion, and Flush once after submitting them. On
// io_uring, if the loop waits, the goroutine in Flush then does the loop's work itself, callbacks
// included. Operations that depend on the identity of the thread (connect, openat, socket, statx)
// are left to the loop. So a goroutine that is locked to a thread with credentials, namespaces or
// a working directory of its own does not apply them to operations of others; its own operations
// do not use them either.
//
// # How an operation ends
//
// An operation that completed has a nil error, or the kernel's error, even if a timeout or
// cancellation came in the meantime. If its timeout stopped it, the error is
// os.ErrDeadlineExceeded and ErrCanceled. If it was cancelled, the error is ErrCanceled alone. If
// its descriptor or proactor was closed, the error is net.ErrClosed.
package proactor
