package load

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// A conn is one connection.
type conn struct {
	fd    int
	index int
	got   int // bytes of the answer
	begun time.Duration
	done  int64 // answers in this Run

	sent    int  // bytes of the request (epoll)
	blocked bool // the rest of them waits for room (epoll)
}

// connect makes the connections to addr, an IPv4 address and a port.
func (g *Generator) connect(addr string) error {
	to, err := netip.ParseAddrPort(addr)
	if err != nil {
		return err
	}
	target := &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}
	for i := range g.conns {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("socket %d: %w (more descriptors: ulimit -n)", i, err)
		}
		g.conns[i] = conn{fd: fd, index: i}
		if err := unix.Connect(fd, target); err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
			return fmt.Errorf("set TCP_NODELAY: %w", err)
		}
	}
	return nil
}

// ask begins a request on c.
func (g *Generator) ask(c *conn, now time.Duration) error {
	c.got, c.begun = 0, now
	return g.engine.ask(c)
}

// askAll has the first connection ask, and all wait for the answer.
func (g *Generator) askAll(now time.Duration) error {
	g.begun = now
	for i := range g.conns {
		g.conns[i].got = 0
	}
	return g.engine.ask(&g.conns[0])
}

// received takes a part of the answer, or none where the server has closed.
func (g *Generator) received(c *conn, p []byte) error {
	from := c.got
	c.got += len(p)
	switch {
	case len(p) == 0:
		return errors.New("the server closed a connection")
	case c.got > g.answer:
		return fmt.Errorf("the server answered %d bytes instead of %d", c.got, g.answer)
	case g.check && !bytes.Equal(p, g.request[from:c.got]):
		return errors.New("the server sent back something else than it got")
	case c.got == g.answer:
		return g.done(c)
	}
	return nil
}
