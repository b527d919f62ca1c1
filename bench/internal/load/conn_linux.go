package load

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// A conn is one connection: what of the request is sent, and what of the answer
// has come.
type conn struct {
	fd        int
	index     int
	sent, got int
	begun     time.Duration
	blocked   bool // the rest of the request waits for room
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

// watch has epoll tell what arrives on connection i.
func (g *Generator) watch(i int) error {
	if err := unix.SetNonblock(g.conns[i].fd, true); err != nil {
		return err
	}
	return g.control(unix.EPOLL_CTL_ADD, &g.conns[i], unix.EPOLLIN)
}

func (g *Generator) control(op int, c *conn, events uint32) error {
	if err := unix.EpollCtl(g.epoll, op, c.fd, &unix.EpollEvent{Events: events, Fd: int32(c.index)}); err != nil {
		return fmt.Errorf("epoll_ctl: %w", err)
	}
	return nil
}

// ask begins a request on c.
func (g *Generator) ask(c *conn, now time.Duration) error {
	c.sent, c.got, c.begun = 0, 0, now
	return g.send(c)
}

// askAll has the first connection ask, and all wait for the answer.
func (g *Generator) askAll(now time.Duration) error {
	g.begun = now
	for i := range g.conns {
		g.conns[i].got = 0
	}
	g.conns[0].sent = 0
	return g.send(&g.conns[0])
}

// send sends what it can of the request, and has epoll tell when there is room
// for more.
func (g *Generator) send(c *conn) error {
	for c.sent < len(g.request) {
		n, err := write(c.fd, g.request[c.sent:])
		switch {
		case err == nil:
			c.sent += n
		case errors.Is(err, unix.EAGAIN):
			return g.block(c, true)
		case !errors.Is(err, unix.EINTR):
			return fmt.Errorf("send to the server: %w", err)
		}
	}
	return g.block(c, false)
}

func (g *Generator) block(c *conn, blocked bool) error {
	if c.blocked == blocked {
		return nil
	}
	c.blocked = blocked
	events := uint32(unix.EPOLLIN)
	if blocked {
		events |= unix.EPOLLOUT
	}
	return g.control(unix.EPOLL_CTL_MOD, c, events)
}

func (g *Generator) ready(c *conn, events uint32) error {
	if events&unix.EPOLLOUT != 0 {
		if err := g.send(c); err != nil {
			return err
		}
	}
	if events&^unix.EPOLLOUT == 0 {
		return nil
	}
	n, err := read(c.fd, g.buf)
	switch {
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
		return nil
	case err != nil:
		return fmt.Errorf("receive from the server: %w", err)
	case n == 0:
		return errors.New("the server closed a connection")
	}
	return g.received(c, g.buf[:n])
}

// received takes a part of the answer.
func (g *Generator) received(c *conn, p []byte) error {
	from := c.got
	c.got += len(p)
	switch {
	case c.got > g.answer:
		return fmt.Errorf("the server answered %d bytes instead of %d", c.got, g.answer)
	case g.check && !bytes.Equal(p, g.request[from:c.got]):
		return errors.New("the server sent back something else than it got")
	case c.got == g.answer:
		return g.done(c)
	}
	return nil
}
