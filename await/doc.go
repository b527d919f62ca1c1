// Package await provides network connections, files and other I/O for ordinary goroutines. Its
// calls block like those of packages net and os. Each call that can block also has a form that a
// context can end.
//
//	l, err := await.Listen("tcp", ":8080")      // a net.Listener; the type is *Listener
//	c, err := await.Dial("tcp", "host:80")      // a net.Conn; the type is *Conn
//	f, err := await.Open("data")                // a *File, with the methods of os.File
//	n, err := c.(*await.Conn).ReadContext(ctx, buf)
//
// Dial, Listen, ListenPacket and Open return the interfaces and methods of packages net and os,
// so existing code runs on them unmodified.
//
// The same operations are available for bare descriptors:
//
//	aio, err := await.Default()
//	...
//	err = aio.Connect(ctx, fd, addr)
//	n, err := aio.Send(ctx, fd, request, 0)
//	n, err = aio.RecvWithTimeout(ctx, fd, reply, 0, time.Second)
//
// A call parks its goroutine, not a thread. Underneath, each processor has a loop. On Linux the
// loop owns an io_uring, and submits the operations of all goroutines to the kernel in batches.
//
// # Buffers
//
// When a call returns, the kernel no longer uses its buffer. This holds after a timeout and a
// cancellation too. So a buffer never changes afterwards, and there is no state for the caller to
// keep alive.
//
// # The race detector
//
// Writes that a goroutine makes before it sends bytes happen before reads that another goroutine
// makes after it received them. This is as with packages net and os, and holds whichever of the
// three packages is at the other end. The race detector reports a goroutine that touches a buffer
// while a call has it.
//
// # How a call ends
//
// Completed: the error is nil, or the kernel's own error. This is so even if a timeout or
// cancellation came in the meantime: no byte is lost.
//
// Timed out: the error matches os.ErrDeadlineExceeded and proactor.ErrCanceled with errors.Is,
// and is a net.Error with Timeout() == true. At the deadline of a Conn, Listener, PacketConn or
// File the wrapped error is os.ErrDeadlineExceeded itself, as in net and os.
//
// Cancelled: the error matches, with errors.Is, context.Cause of the context, the context's Err
// and proactor.ErrCanceled.
//
// If a transfer is stopped after it has moved some bytes, the call returns both the count and the
// reason.
//
// # Futures
//
// IO.Async has every operation as a future:
//
//	recv := aio.Async().Recv(fd, buf, 0)
//	tick := aio.Async().Sleep(time.Second)
//	first, err := await.Race(ctx, recv, tick)
//
// # Callbacks
//
// Do not make calls, or close an IO, in a callback of package proactor. A callback runs on the
// loop, and a call waits for the loop, so it would wait for itself.
//
// # Contexts
//
// A call that can wait has two forms: Read, as in net and os, and ReadContext, which also returns
// when the context ends. A call that exists only with a context has no suffix. These are the
// calls on descriptors, such as IO.Recv, File.AppendSync and the like, and calls that take a
// context in package net too, such as ListenConfig.Listen.
//
// A context must not be nil. context.Background() costs nothing, and a context that can end costs
// a select.
//
// # Goroutines
//
// Any number of goroutines may call the functions, and the methods of a value, at once. The
// comments say where that is not so.
//
// # Calls by path
//
// A call on a path, such as Stat, Rename or Open, is the one of package os. It blocks a thread:
// its caller's or, if its context can end, that of a goroutine which the caller may leave. At most
// Config.Workers calls do so at once, and the others wait for their turn. On a mount that may hang,
// such as one of NFS or FUSE, calls have a limit of their own once one of them has been late:
// Config.MountWorkers.
//
// When the context ends, a call that has not begun fails. A call that has begun is left to the
// kernel: it may still happen, and the error matches ErrLeft too. If too many calls on a mount are
// stuck, further ones fail at once with ErrStuck.
//
// # Errors
//
// Errors have the types of packages net and os: *net.OpError for connections, *fs.PathError for
// files and paths, *os.LinkError for Rename, Link and Symlink. errors.Is finds fs.ErrNotExist and
// the like in them, and the errno of the system call. The end of a stream or file is plain io.EOF.
// After IO.Close, calls that need the IO fail with an error that is net.ErrClosed and os.ErrClosed.
//
// Errors of the calls of an IO on bare descriptors are *proactor.OpError around the cause. The
// methods of proactor.Proactor with the same names list the errors of each operation. Arguments
// that make no sense, such as a negative duration, are os.ErrInvalid.
package await
