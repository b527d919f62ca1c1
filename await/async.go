package await

import (
	goio "io"
	"net"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/proactor"
)

// Async has the calls of an IO as futures. They start at once and do not block,
// except where Config.MaxQueued submissions wait already: then for room. What a
// call says of its arguments and errors holds for its future; arguments that are
// refused make a future that has failed. What is lent to an operation belongs to
// the kernel until its Done is closed.
type Async struct{ io *IO }

// Async returns the calls of io as futures.
func (io *IO) Async() Async { return Async{io} }

// A None is the result of an operation that only succeeds or fails.
type None = struct{}

func count(f *future) (int, error) { return f.get() }

func none(f *future) (None, error) {
	_, err := f.get()
	return None{}, err
}

// read is the result of a receive or read.
func read(f *future) (int, error) {
	n, err := f.get()
	if n == 0 && err == nil && !f.datagram {
		err = goio.EOF
	}
	return n, err
}

// counting starts an operation whose result is a count.
func (a Async) counting(op string, fd int, value func(*future) (int, error), submit func(p *proactor.Proactor, c *proactor.Completion) error) *Future[int] {
	f := &Future[int]{value: value}
	a.io.start(&f.future, op, fd, submit)
	return f
}

// receiving starts an operation whose result is a count of bytes received.
func (a Async) receiving(op string, fd int, submit func(p *proactor.Proactor, c *proactor.Completion) error) *Future[int] {
	f := &Future[int]{value: read}
	f.receives = true
	a.io.start(&f.future, op, fd, submit)
	return f
}

// doing starts an operation that only succeeds or fails.
func (a Async) doing(op string, fd int, submit func(p *proactor.Proactor, c *proactor.Completion) error) *Future[None] {
	f := &Future[None]{value: none}
	a.io.start(&f.future, op, fd, submit)
	return f
}

// making starts an operation whose result is a new descriptor.
func (a Async) making(op string, fd int, submit func(p *proactor.Proactor, c *proactor.Completion) error) *Future[int] {
	f := &Future[int]{value: count}
	f.makesFD = true
	a.io.start(&f.future, op, fd, submit)
	return f
}

// Accept is IO.Accept as a future.
func (a Async) Accept(fd, flags int) *Future[int] {
	return a.making("accept", fd, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.Accept(c, fd, flags, finished)
	})
}

// Connect is IO.Connect as a future.
func (a Async) Connect(fd int, addr net.Addr) *Future[None] {
	return a.doing("connect", fd, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.Connect(c, fd, addr, finished)
	})
}

// ConnectWithTimeout is IO.ConnectWithTimeout as a future.
func (a Async) ConnectWithTimeout(fd int, addr net.Addr, d time.Duration) *Future[None] {
	return a.doing("connect", fd, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.ConnectWithTimeout(c, fd, addr, d, finished)
	})
}

// Recv is IO.Recv as a future.
func (a Async) Recv(fd int, buf []byte, flags int) *Future[int] {
	return a.receiving("recv", fd, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.Recv(c, fd, buf, flags, finished)
	})
}

// RecvWithTimeout is IO.RecvWithTimeout as a future.
func (a Async) RecvWithTimeout(fd int, buf []byte, flags int, d time.Duration) *Future[int] {
	return a.receiving("recv", fd, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.RecvWithTimeout(c, fd, buf, flags, d, finished)
	})
}

// Send is IO.Send as a future.
func (a Async) Send(fd int, buf []byte, flags int) *Future[int] {
	return a.counting("send", fd, count, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.Send(c, fd, buf, flags, finished)
	})
}

// SendWithTimeout is IO.SendWithTimeout as a future.
func (a Async) SendWithTimeout(fd int, buf []byte, flags int, d time.Duration) *Future[int] {
	return a.counting("send", fd, count, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.SendWithTimeout(c, fd, buf, flags, d, finished)
	})
}

// RecvMsg is IO.RecvMsg as a future.
func (a Async) RecvMsg(fd int, m *proactor.Message, flags int) *Future[int] {
	return a.receiving("recvmsg", fd, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.RecvMsg(c, fd, m, flags, finished)
	})
}

// RecvMsgWithTimeout is IO.RecvMsgWithTimeout as a future.
func (a Async) RecvMsgWithTimeout(fd int, m *proactor.Message, flags int, d time.Duration) *Future[int] {
	return a.receiving("recvmsg", fd, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.RecvMsgWithTimeout(c, fd, m, flags, d, finished)
	})
}

// SendMsg is IO.SendMsg as a future.
func (a Async) SendMsg(fd int, m *proactor.Message, flags int) *Future[int] {
	return a.counting("sendmsg", fd, count, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.SendMsg(c, fd, m, flags, finished)
	})
}

// SendMsgWithTimeout is IO.SendMsgWithTimeout as a future.
func (a Async) SendMsgWithTimeout(fd int, m *proactor.Message, flags int, d time.Duration) *Future[int] {
	return a.counting("sendmsg", fd, count, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.SendMsgWithTimeout(c, fd, m, flags, d, finished)
	})
}

// Read is IO.Read as a future.
func (a Async) Read(fd int, buf []byte, offset int64) *Future[int] {
	return a.counting("read", fd, read, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.Read(c, fd, buf, offset, finished)
	})
}

// Write is IO.Write as a future.
func (a Async) Write(fd int, buf []byte, offset int64) *Future[int] {
	return a.counting("write", fd, count, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.Write(c, fd, buf, offset, finished)
	})
}

// Fsync is IO.Fsync as a future.
func (a Async) Fsync(fd, flags int) *Future[None] {
	return a.doing("fsync", fd, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.Fsync(c, fd, flags, finished)
	})
}

// OpenAt is IO.OpenAt as a future.
func (a Async) OpenAt(dirfd int, path string, flags int, mode uint32) *Future[int] {
	return a.making("openat", dirfd, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.OpenAt(c, dirfd, path, flags, mode, finished)
	})
}

// Statx is IO.Statx as a future; its result is the filled stat.
func (a Async) Statx(dirfd int, path string, flags int, mask uint32) *Future[proactor.Stat] {
	stat := new(proactor.Stat)
	f := &Future[proactor.Stat]{value: func(f *future) (proactor.Stat, error) {
		_, err := f.get()
		return *stat, err
	}}
	a.io.start(&f.future, "statx", dirfd, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.Statx(c, dirfd, path, flags, mask, stat, finished)
	})
	return f
}

// Shutdown is IO.Shutdown as a future.
func (a Async) Shutdown(fd, how int) *Future[None] {
	return a.doing("shutdown", fd, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.Shutdown(c, fd, how, finished)
	})
}

// Socket is IO.Socket as a future.
func (a Async) Socket(family, typ, protocol int) *Future[int] {
	return a.making("socket", -1, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.Socket(c, family, typ, protocol, finished)
	})
}

// Poll is IO.Poll as a future.
func (a Async) Poll(fd, events int) *Future[int] {
	return a.counting("poll", fd, count, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.Poll(c, fd, events, finished)
	})
}

// CloseFD is IO.CloseFD as a future. It cannot be cancelled.
func (a Async) CloseFD(fd int) *Future[None] {
	return a.doing("close", fd, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.CloseFD(c, fd, finished)
	})
}

// Sleep is IO.Sleep as a future.
func (a Async) Sleep(d time.Duration) *Future[None] {
	f := &Future[None]{value: none}
	f.sleeps = true
	a.io.start(&f.future, fdcall.SleepName, -1, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.Timeout(c, d, finished)
	})
	return f
}

// Nop is IO.Nop as a future.
func (a Async) Nop() *Future[None] {
	return a.doing("nop", -1, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.Nop(c, finished)
	})
}
