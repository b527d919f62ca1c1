package await

import (
	"context"
	"net"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/proactor"
)

// Accept waits for the next connection on the listening socket fd and returns
// its descriptor, close-on-exec and the caller's to close. flags are SOCK_* bits
// for it. If ctx ends when a connection has already been taken, the call returns
// the connection. Concurrent calls share the connections. See
// proactor.Proactor.Accept for the errors.
func (io *IO) Accept(ctx context.Context, fd, flags int) (int, error) {
	return io.loops.Call(ctx, "accept", fd, func(w *fdcall.Waiter) error {
		return w.Proactor.Accept(&w.C, fd, flags, fdcall.Deliver)
	})
}

// Connect connects the socket fd to addr: *net.TCPAddr, *net.UDPAddr or
// *net.UnixAddr. A socket whose connect was stopped is good for nothing but
// CloseFD. See proactor.Proactor.Connect for the errors.
func (io *IO) Connect(ctx context.Context, fd int, addr net.Addr) error {
	_, err := io.loops.Call(ctx, "connect", fd, func(w *fdcall.Waiter) error {
		return w.Proactor.Connect(&w.C, fd, addr, fdcall.Deliver)
	})
	return err
}

// ConnectWithTimeout is Connect that is stopped after d.
func (io *IO) ConnectWithTimeout(ctx context.Context, fd int, addr net.Addr, d time.Duration) error {
	_, err := io.loops.Call(ctx, "connect", fd, func(w *fdcall.Waiter) error {
		return w.Proactor.ConnectWithTimeout(&w.C, fd, addr, d, fdcall.Deliver)
	})
	return err
}

// Recv receives up to len(p) bytes from the socket fd into p and reports how
// many arrived. At the end of a stream the error is io.EOF. flags are MSG_* bits.
//
// Recv parks the calling goroutine until data arrives, ctx ends, or the
// descriptor or io is closed. p belongs to the kernel until it returns, whatever
// the outcome. Data that arrived before a cancellation took effect is returned,
// with a nil error. Concurrent calls each get their own bytes, in unspecified
// order. See proactor.Proactor.Recv for the errors.
func (io *IO) Recv(ctx context.Context, fd int, p []byte, flags int) (int, error) {
	n, err := io.loops.Call(ctx, "recv", fd, func(w *fdcall.Waiter) error {
		return w.Proactor.Recv(&w.C, fd, p, flags, fdcall.Deliver)
	})
	return endOfStream(fd, n, err)
}

// RecvWithTimeout is Recv that is stopped after d. With a d of zero it returns
// what is there.
func (io *IO) RecvWithTimeout(ctx context.Context, fd int, p []byte, flags int, d time.Duration) (int, error) {
	n, err := io.loops.Call(ctx, "recv", fd, func(w *fdcall.Waiter) error {
		return w.Proactor.RecvWithTimeout(&w.C, fd, p, flags, d, fdcall.Deliver)
	})
	return endOfStream(fd, n, err)
}

// Send sends all of p on the socket fd: the count is short of len(p) only with
// an error (or with MSG_DONTWAIT in flags). Concurrent calls do not mix their
// bytes unless one of them is larger than what the socket takes at once. See
// proactor.Proactor.Send for the errors.
func (io *IO) Send(ctx context.Context, fd int, p []byte, flags int) (int, error) {
	return io.loops.Call(ctx, "send", fd, func(w *fdcall.Waiter) error {
		return w.Proactor.Send(&w.C, fd, p, flags, fdcall.Deliver)
	})
}

// SendWithTimeout is Send that is stopped after d. The count says how much was
// sent by then.
func (io *IO) SendWithTimeout(ctx context.Context, fd int, p []byte, flags int, d time.Duration) (int, error) {
	return io.loops.Call(ctx, "send", fd, func(w *fdcall.Waiter) error {
		return w.Proactor.SendWithTimeout(&w.C, fd, p, flags, d, fdcall.Deliver)
	})
}

// RecvMsg receives into m, which tells where from, the ancillary data and the
// flags besides. At the end of a stream the error is io.EOF. m and its buffers
// belong to the kernel until it returns.
func (io *IO) RecvMsg(ctx context.Context, fd int, m *proactor.Message, flags int) (int, error) {
	n, err := io.loops.Call(ctx, "recvmsg", fd, func(w *fdcall.Waiter) error {
		return w.Proactor.RecvMsg(&w.C, fd, m, flags, fdcall.Deliver)
	})
	return endOfStream(fd, n, err)
}

// RecvMsgWithTimeout is RecvMsg that is stopped after d.
func (io *IO) RecvMsgWithTimeout(ctx context.Context, fd int, m *proactor.Message, flags int, d time.Duration) (int, error) {
	n, err := io.loops.Call(ctx, "recvmsg", fd, func(w *fdcall.Waiter) error {
		return w.Proactor.RecvMsgWithTimeout(&w.C, fd, m, flags, d, fdcall.Deliver)
	})
	return endOfStream(fd, n, err)
}

// SendMsg sends m: a datagram to m.To, several buffers as one, or ancillary
// data. m and its buffers belong to the kernel until it returns.
func (io *IO) SendMsg(ctx context.Context, fd int, m *proactor.Message, flags int) (int, error) {
	return io.loops.Call(ctx, "sendmsg", fd, func(w *fdcall.Waiter) error {
		return w.Proactor.SendMsg(&w.C, fd, m, flags, fdcall.Deliver)
	})
}

// SendMsgWithTimeout is SendMsg that is stopped after d.
func (io *IO) SendMsgWithTimeout(ctx context.Context, fd int, m *proactor.Message, flags int, d time.Duration) (int, error) {
	return io.loops.Call(ctx, "sendmsg", fd, func(w *fdcall.Waiter) error {
		return w.Proactor.SendMsgWithTimeout(&w.C, fd, m, flags, d, fdcall.Deliver)
	})
}

// Shutdown ends one direction of the connected socket fd, or both: how is
// SHUT_RD, SHUT_WR or SHUT_RDWR.
func (io *IO) Shutdown(ctx context.Context, fd, how int) error {
	_, err := io.loops.Call(ctx, "shutdown", fd, func(w *fdcall.Waiter) error {
		return w.Proactor.Shutdown(&w.C, fd, how, fdcall.Deliver)
	})
	return err
}

// Socket makes a socket, close-on-exec and the caller's to close; family, typ
// and protocol are as in socket(2).
func (io *IO) Socket(ctx context.Context, family, typ, protocol int) (int, error) {
	return io.loops.Call(ctx, "socket", -1, func(w *fdcall.Waiter) error {
		return w.Proactor.Socket(&w.C, family, typ, protocol, fdcall.Deliver)
	})
}

// Poll waits until the descriptor fd is ready for one of events, POLL* bits, and
// returns those that are there.
func (io *IO) Poll(ctx context.Context, fd, events int) (int, error) {
	return io.loops.Call(ctx, "poll", fd, func(w *fdcall.Waiter) error {
		return w.Proactor.Poll(&w.C, fd, events, fdcall.Deliver)
	})
}
