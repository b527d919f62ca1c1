//go:build unix

package await

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// calls are what an IO offers in both of its forms.
type calls interface {
	Accept(ctx context.Context, fd, flags int) (int, error)
	Connect(ctx context.Context, fd int, addr net.Addr) error
	ConnectWithTimeout(ctx context.Context, fd int, addr net.Addr, d time.Duration) error
	Recv(ctx context.Context, fd int, p []byte, flags int) (int, error)
	RecvWithTimeout(ctx context.Context, fd int, p []byte, flags int, d time.Duration) (int, error)
	Send(ctx context.Context, fd int, p []byte, flags int) (int, error)
	SendWithTimeout(ctx context.Context, fd int, p []byte, flags int, d time.Duration) (int, error)
	RecvMsg(ctx context.Context, fd int, m *proactor.Message, flags int) (int, error)
	RecvMsgWithTimeout(ctx context.Context, fd int, m *proactor.Message, flags int, d time.Duration) (int, error)
	SendMsg(ctx context.Context, fd int, m *proactor.Message, flags int) (int, error)
	SendMsgWithTimeout(ctx context.Context, fd int, m *proactor.Message, flags int, d time.Duration) (int, error)
	Read(ctx context.Context, fd int, p []byte, offset int64) (int, error)
	Write(ctx context.Context, fd int, p []byte, offset int64) (int, error)
	Fsync(ctx context.Context, fd, flags int) error
	OpenAt(ctx context.Context, dirfd int, path string, flags int, mode uint32) (int, error)
	Statx(ctx context.Context, dirfd int, path string, flags int, mask uint32, stat *proactor.Stat) error
	ShutdownSocket(ctx context.Context, fd, how int) error
	Socket(ctx context.Context, family, typ, protocol int) (int, error)
	Poll(ctx context.Context, fd, events int) (int, error)
	CloseFD(ctx context.Context, fd int) error
	Sleep(ctx context.Context, d time.Duration) error
	Nop(ctx context.Context) error
}

var (
	_ calls = (*IO)(nil)
	_ calls = futures{}
)

// bothForms runs a test with the blocking calls and with futures that are
// awaited.
func bothForms(t *testing.T, config Config, test func(t *testing.T, io *IO, c calls)) {
	t.Run("blocking", func(t *testing.T) {
		io := open(t, config)
		test(t, io, io)
	})
	t.Run("future", func(t *testing.T) {
		io := open(t, config)
		test(t, io, futures{io.Async()})
	})
}

// futures makes each call as a future and awaits it.
type futures struct{ a Async }

func done(ctx context.Context, f *Future[None]) error {
	_, err := f.Await(ctx)
	return err
}

func (f futures) Accept(ctx context.Context, fd, flags int) (int, error) {
	return f.a.Accept(fd, flags).Await(ctx)
}

func (f futures) Connect(ctx context.Context, fd int, addr net.Addr) error {
	return done(ctx, f.a.Connect(fd, addr))
}

func (f futures) ConnectWithTimeout(ctx context.Context, fd int, addr net.Addr, d time.Duration) error {
	return done(ctx, f.a.ConnectWithTimeout(fd, addr, d))
}

func (f futures) Recv(ctx context.Context, fd int, p []byte, flags int) (int, error) {
	return f.a.Recv(fd, p, flags).Await(ctx)
}

func (f futures) RecvWithTimeout(ctx context.Context, fd int, p []byte, flags int, d time.Duration) (int, error) {
	return f.a.RecvWithTimeout(fd, p, flags, d).Await(ctx)
}

func (f futures) Send(ctx context.Context, fd int, p []byte, flags int) (int, error) {
	return f.a.Send(fd, p, flags).Await(ctx)
}

func (f futures) SendWithTimeout(ctx context.Context, fd int, p []byte, flags int, d time.Duration) (int, error) {
	return f.a.SendWithTimeout(fd, p, flags, d).Await(ctx)
}

func (f futures) RecvMsg(ctx context.Context, fd int, m *proactor.Message, flags int) (int, error) {
	return f.a.RecvMsg(fd, m, flags).Await(ctx)
}

func (f futures) RecvMsgWithTimeout(ctx context.Context, fd int, m *proactor.Message, flags int, d time.Duration) (int, error) {
	return f.a.RecvMsgWithTimeout(fd, m, flags, d).Await(ctx)
}

func (f futures) SendMsg(ctx context.Context, fd int, m *proactor.Message, flags int) (int, error) {
	return f.a.SendMsg(fd, m, flags).Await(ctx)
}

func (f futures) SendMsgWithTimeout(ctx context.Context, fd int, m *proactor.Message, flags int, d time.Duration) (int, error) {
	return f.a.SendMsgWithTimeout(fd, m, flags, d).Await(ctx)
}

func (f futures) Read(ctx context.Context, fd int, p []byte, offset int64) (int, error) {
	return f.a.Read(fd, p, offset).Await(ctx)
}

func (f futures) Write(ctx context.Context, fd int, p []byte, offset int64) (int, error) {
	return f.a.Write(fd, p, offset).Await(ctx)
}

func (f futures) Fsync(ctx context.Context, fd, flags int) error {
	return done(ctx, f.a.Fsync(fd, flags))
}

func (f futures) OpenAt(ctx context.Context, dirfd int, path string, flags int, mode uint32) (int, error) {
	return f.a.OpenAt(dirfd, path, flags, mode).Await(ctx)
}

func (f futures) Statx(ctx context.Context, dirfd int, path string, flags int, mask uint32, stat *proactor.Stat) error {
	got, err := f.a.Statx(dirfd, path, flags, mask).Await(ctx)
	*stat = got
	return err
}

func (f futures) ShutdownSocket(ctx context.Context, fd, how int) error {
	return done(ctx, f.a.ShutdownSocket(fd, how))
}

func (f futures) Socket(ctx context.Context, family, typ, protocol int) (int, error) {
	return f.a.Socket(family, typ, protocol).Await(ctx)
}

func (f futures) Poll(ctx context.Context, fd, events int) (int, error) {
	return f.a.Poll(fd, events).Await(ctx)
}

func (f futures) CloseFD(ctx context.Context, fd int) error { return done(ctx, f.a.CloseFD(fd)) }

func (f futures) Sleep(ctx context.Context, d time.Duration) error { return done(ctx, f.a.Sleep(d)) }

func (f futures) Nop(ctx context.Context) error { return done(ctx, f.a.Nop()) }

// A call is one of them, with fd for its descriptor.
type call struct {
	op   string
	none bool // takes no descriptor
	make func(ctx context.Context, c calls, fd int) (int, error)
}

// everyCall is one of each, all valid but for the descriptor.
var everyCall = []call{
	{op: "accept", make: func(ctx context.Context, c calls, fd int) (int, error) { return c.Accept(ctx, fd, 0) }},
	{op: "connect", make: func(ctx context.Context, c calls, fd int) (int, error) { return 0, c.Connect(ctx, fd, loopback) }},
	{op: "connect", make: func(ctx context.Context, c calls, fd int) (int, error) {
		return 0, c.ConnectWithTimeout(ctx, fd, loopback, time.Hour)
	}},
	{op: "recv", make: func(ctx context.Context, c calls, fd int) (int, error) { return c.Recv(ctx, fd, make([]byte, 8), 0) }},
	{op: "recv", make: func(ctx context.Context, c calls, fd int) (int, error) {
		return c.RecvWithTimeout(ctx, fd, make([]byte, 8), 0, time.Hour)
	}},
	{op: "send", make: func(ctx context.Context, c calls, fd int) (int, error) { return c.Send(ctx, fd, make([]byte, 8), 0) }},
	{op: "send", make: func(ctx context.Context, c calls, fd int) (int, error) {
		return c.SendWithTimeout(ctx, fd, make([]byte, 8), 0, time.Hour)
	}},
	{op: "recvmsg", make: func(ctx context.Context, c calls, fd int) (int, error) { return c.RecvMsg(ctx, fd, message(8), 0) }},
	{op: "recvmsg", make: func(ctx context.Context, c calls, fd int) (int, error) {
		return c.RecvMsgWithTimeout(ctx, fd, message(8), 0, time.Hour)
	}},
	{op: "sendmsg", make: func(ctx context.Context, c calls, fd int) (int, error) { return c.SendMsg(ctx, fd, message(8), 0) }},
	{op: "sendmsg", make: func(ctx context.Context, c calls, fd int) (int, error) {
		return c.SendMsgWithTimeout(ctx, fd, message(8), 0, time.Hour)
	}},
	{op: "read", make: func(ctx context.Context, c calls, fd int) (int, error) { return c.Read(ctx, fd, make([]byte, 8), 0) }},
	{op: "write", make: func(ctx context.Context, c calls, fd int) (int, error) { return c.Write(ctx, fd, make([]byte, 8), 0) }},
	{op: "fsync", make: func(ctx context.Context, c calls, fd int) (int, error) { return 0, c.Fsync(ctx, fd, 0) }},
	{op: "openat", make: func(ctx context.Context, c calls, fd int) (int, error) { return c.OpenAt(ctx, fd, "x", 0, 0) }},
	{op: "statx", make: func(ctx context.Context, c calls, fd int) (int, error) {
		return 0, c.Statx(ctx, fd, "x", 0, statxBasic, new(proactor.Stat))
	}},
	{op: "shutdown", make: func(ctx context.Context, c calls, fd int) (int, error) { return 0, c.ShutdownSocket(ctx, fd, 0) }},
	{op: "poll", make: func(ctx context.Context, c calls, fd int) (int, error) { return c.Poll(ctx, fd, 1) }},
	{op: "close", make: func(ctx context.Context, c calls, fd int) (int, error) { return 0, c.CloseFD(ctx, fd) }},
	{op: "socket", none: true, make: func(ctx context.Context, c calls, _ int) (int, error) { return c.Socket(ctx, 1, 1, 0) }},
	{op: "sleep", none: true, make: func(ctx context.Context, c calls, _ int) (int, error) { return 0, c.Sleep(ctx, time.Hour) }},
	{op: "nop", none: true, make: func(ctx context.Context, c calls, _ int) (int, error) { return 0, c.Nop(ctx) }},
}

// fd is what the error of a call on fd names.
func (c call) fd(fd int) int {
	if c.none {
		return -1
	}
	return fd
}

// statxBasic is STATX_BASIC_STATS.
const statxBasic = 0x7ff

// loopback is an address to name, not to reach.
var loopback = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}

// message is one with a buffer of n bytes.
func message(n int) *proactor.Message { return &proactor.Message{Buffers: [][]byte{make([]byte, n)}} }
