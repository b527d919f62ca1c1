package serve

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/bench/internal/echo"
	"github.com/awaitio/awaitio/bench/internal/wire"
	"github.com/awaitio/awaitio/proactor"
)

// startCallbacks is an echo as for a library with event handlers: one proactor, and
// neither a goroutine nor a channel for a connection.
func startCallbacks(s wire.Spec) (wire.Hello, error) {
	if s.Work != "echo" {
		return wire.Hello{}, fmt.Errorf("package proactor does no %q here", s.Work)
	}
	f, addr, err := listenRaw()
	if err != nil {
		return wire.Hello{}, err
	}
	p, err := proactor.New(proactor.Config{Backend: wire.IOUring})
	if err != nil {
		return wire.Hello{}, err
	}
	a := &acceptor{p: p, listener: f, size: max(s.Size, echo.BufferMin)}
	if err := a.accept(); err != nil {
		return wire.Hello{}, err
	}
	go func() { panic(fmt.Sprint("the loop ended: ", p.Run(context.Background()))) }() // its clients would wait for ever
	return wire.Hello{Addr: addr, Backend: p.Backend()}, nil
}

// An acceptor takes in connections, one after the other.
type acceptor struct {
	p          *proactor.Proactor
	listener   *os.File
	size       int
	completion proactor.Completion
}

func (a *acceptor) accept() error {
	return a.p.Accept(&a.completion, int(a.listener.Fd()), 0, a.accepted)
}

func (a *acceptor) accepted(_ *proactor.Completion, r proactor.Result) {
	if r.Err == nil {
		_ = unix.SetsockoptInt(r.N, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) // slower without
		c := &talk{p: a.p, fd: r.N, buf: make([]byte, a.size)}
		c.received, c.sent = c.onReceived, c.onSent
		c.receive()
	}
	if err := a.accept(); err != nil {
		panic(err) // the proactor is closed, which it never is
	}
}

// A talk is one connection. Its callbacks are made once.
type talk struct {
	p              *proactor.Proactor
	fd             int
	buf            []byte
	completion     proactor.Completion
	received, sent proactor.Callback
}

func (c *talk) receive() {
	c.completion.SetBatched()
	if err := c.p.Recv(&c.completion, c.fd, c.buf, 0, c.received); err != nil {
		panic(err)
	}
}

func (c *talk) onReceived(_ *proactor.Completion, r proactor.Result) {
	if r.Err != nil || r.N == 0 {
		c.close()
		return
	}
	c.completion.SetBatched()
	if err := c.p.Send(&c.completion, c.fd, c.buf[:r.N], 0, c.sent); err != nil {
		panic(err)
	}
}

func (c *talk) onSent(_ *proactor.Completion, r proactor.Result) {
	if r.Err != nil {
		c.close()
		return
	}
	c.receive()
}

func (c *talk) close() {
	if err := c.p.CloseFD(&c.completion, c.fd, nil); err != nil {
		panic(err)
	}
}
