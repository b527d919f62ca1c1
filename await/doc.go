// Package await lets ordinary goroutines do I/O that reads like sequential
// blocking calls, on kernel I/O that completes instead of becoming ready.
//
//	l, err := await.Listen("tcp", ":8080")      // net.Listener, *Listener
//	c, err := await.Dial("tcp", "host:80")      // net.Conn, *Conn
//	f, err := await.Open("data")                // *File, as os.File
//	n, err := c.(*await.Conn).ReadContext(ctx, buf)
//
// Dial, Listen, ListenPacket and Open give the shapes of packages net and os, and
// code written for those runs on them unmodified. Beside each method that can
// block is one with a context.
//
// Below them are the same calls on descriptors:
//
//	aio, err := await.Default()
//	...
//	err = aio.Connect(ctx, fd, addr)
//	n, err := aio.Send(ctx, fd, request, 0)
//	n, err = aio.RecvWithTimeout(ctx, fd, reply, 0, time.Second)
//
// A call parks its goroutine, not a thread. Underneath, one goroutine for each
// processor owns an io_uring, and hands the kernel in batches what all goroutines
// ask of it.
//
// # Buffers
//
// A call returns only when nothing it lent out is still in use, on a timeout and
// a cancellation too. There is no context to keep alive and no buffer that
// changes afterwards.
//
// # The race detector
//
// What a goroutine wrote before it sent bytes happens before what another does after
// it received them, as with packages net and os, and whichever of the three the other
// end belongs to. A goroutine that touches a buffer while a call has it is reported.
//
// # The three ends of a call
//
// It completed: the error is nil, or the kernel's own. That is so even if the
// timeout or cancellation came in the meantime: no byte is lost.
//
// It timed out: the error is os.ErrDeadlineExceeded to errors.Is, a net.Error
// with Timeout() == true, and proactor.ErrCanceled. At the deadline of a Conn, Listener,
// PacketConn or File the cause is os.ErrDeadlineExceeded itself, as in net and os.
//
// It was cancelled: to errors.Is the error is context.Cause of the context, the context's
// Err, and proactor.ErrCanceled.
//
// A transfer of which a part was done when it was stopped reports the bytes and
// the reason.
//
// # Futures
//
// Every call is also there as a future, under IO.Async:
//
//	recv := aio.Async().Recv(fd, buf, 0)
//	tick := aio.Async().Sleep(time.Second)
//	first, err := await.Race(ctx, recv, tick)
//
// # Callbacks
//
// A call parks its goroutine until the loop has done its work, so none may be
// made, and no IO closed, from a callback of package proactor, which is the loop.
//
// # Contexts
//
// A call that can wait has two forms: Read, as in net and os, and ReadContext, which a
// context can end. A call that exists only with a context has no suffix: the calls on
// descriptors, such as IO.Recv; File.AppendSync; and those to which package net gives a
// context itself, such as ListenConfig.Listen.
//
// A context must not be nil. context.Background() costs nothing, and one that can end
// costs a select.
//
// # Errors
//
// Errors of calls on descriptors are *proactor.OpError around the cause; see the methods of
// proactor.Proactor of the same names for the errors that each operation knows. The end of
// a stream or file is plain io.EOF.
package await
