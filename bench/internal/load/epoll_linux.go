package load

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/bench/internal/wire"
)

// An epollEngine sends and receives when epoll says that it can.
type epollEngine struct {
	generator *Generator
	fd        int
	buf       []byte // what is received goes here, and nowhere
	events    []unix.EpollEvent
}

// eventsMax is how many events one system call brings.
const eventsMax = 512

// readMax is how much one system call reads.
const readMax = 256 << 10

func newEpoll(g *Generator) (*epollEngine, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll_create1: %w", err)
	}
	return &epollEngine{
		generator: g, fd: fd,
		buf: make([]byte, readMax), events: make([]unix.EpollEvent, eventsMax),
	}, nil
}

func (e *epollEngine) name() string { return wire.Epoll }

func (e *epollEngine) close() error { return unix.Close(e.fd) }

func (e *epollEngine) watch(c *conn) error {
	if err := unix.SetNonblock(c.fd, true); err != nil {
		return err
	}
	return e.control(unix.EPOLL_CTL_ADD, c, unix.EPOLLIN)
}

func (e *epollEngine) control(op int, c *conn, events uint32) error {
	if err := unix.EpollCtl(e.fd, op, c.fd, &unix.EpollEvent{Events: events, Fd: int32(c.index)}); err != nil {
		return fmt.Errorf("epoll_ctl: %w", err)
	}
	return nil
}

func (e *epollEngine) ask(c *conn) error {
	c.sent = 0
	return e.send(c)
}

// send sends what it can of the request, and has epoll tell when there is room for
// more.
func (e *epollEngine) send(c *conn) error {
	request := e.generator.request
	for c.sent < len(request) {
		n, err := write(c.fd, request[c.sent:])
		switch {
		case err == nil:
			c.sent += n
		case errors.Is(err, unix.EAGAIN):
			return e.block(c, true)
		case !errors.Is(err, unix.EINTR):
			return fmt.Errorf("send to the server: %w", err)
		}
	}
	return e.block(c, false)
}

func (e *epollEngine) block(c *conn, blocked bool) error {
	if c.blocked == blocked {
		return nil
	}
	c.blocked = blocked
	events := uint32(unix.EPOLLIN)
	if blocked {
		events |= unix.EPOLLOUT
	}
	return e.control(unix.EPOLL_CTL_MOD, c, events)
}

func (e *epollEngine) turn() error {
	n, err := unix.EpollWait(e.fd, e.events, int(patience.Milliseconds()))
	switch {
	case errors.Is(err, unix.EINTR):
		return nil
	case err != nil:
		return fmt.Errorf("epoll_wait: %w", err)
	case n == 0:
		return unix.ETIME
	}
	for _, event := range e.events[:n] {
		if err := e.ready(&e.generator.conns[event.Fd], event.Events); err != nil {
			return err
		}
	}
	return nil
}

func (e *epollEngine) ready(c *conn, events uint32) error {
	if events&unix.EPOLLOUT != 0 {
		if err := e.send(c); err != nil {
			return err
		}
	}
	if events&^unix.EPOLLOUT == 0 {
		return nil
	}
	n, err := read(c.fd, e.buf)
	switch {
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
		return nil
	case err != nil:
		return fmt.Errorf("receive from the server: %w", err)
	}
	return e.generator.received(c, e.buf[:n])
}
