//go:build linux

// Package epoll is the poller of Linux: it tells when a descriptor would not
// block, for systems that forbid io_uring.
package epoll

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/park"
)

// Poller implements readiness.Poller with epoll(7). Its own descriptor is
// pollable, so the loop parks in Go's poller and holds no thread.
type Poller struct {
	fd     int
	spot   *park.Spot
	known  []uint32 // by descriptor: the events it is probably registered for, or 0
	events []unix.EpollEvent
	wish   unix.EpollEvent // what Arm asks for; here, as a variable of its own would be allocated
	found  int             // events collected by ready and not told yet
	err    error
	calls  atomic.Uint64
	hung   int  // the descriptor that Events tells of, if it has an error or a hang-up and is not armed anew; else -1
	astray bool // the descriptor's number is not the poller's any more
	closed bool
}

// eventsMax is how many events one call collects.
const eventsMax = 256

// Open makes a Poller.
func Open() (*Poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll_create1: %w", err)
	}
	p := &Poller{fd: fd, hung: -1, events: make([]unix.EpollEvent, eventsMax)}
	if p.spot, err = park.New(fd, "epoll", p.ready); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return p, nil
}

// Name is "epoll".
func (p *Poller) Name() string { return "epoll" }

// SystemCalls is how often the poller has entered the kernel.
func (p *Poller) SystemCalls() uint64 { return p.calls.Load() }

// Arm watches fd once, with EPOLLONESHOT: an event disarms it.
//
// Whether fd is registered is a guess: closing a descriptor takes it out of the
// set (epoll(7)), and nobody tells the poller when the caller does that.
//
// An error or a hang-up may outlast every attempt, and would end each wait at once:
// EPOLLERR stays while something is in a socket's error queue, as a time stamp of what
// was sent (MSG_ERRQUEUE in recv(2)), and EPOLLHUP stays at a terminal's master whose
// buffer is full when the slave is closed. A descriptor whose attempt failed in spite
// of such an event is watched with EPOLLET: only a change is an event.
func (p *Poller) Arm(fd int, read, write bool) error {
	event := &p.wish
	*event = unix.EpollEvent{Fd: int32(fd), Events: unix.EPOLLONESHOT}
	if fd == p.hung {
		event.Events = unix.EPOLLET
	}
	if read {
		event.Events |= unix.EPOLLIN | unix.EPOLLRDHUP
	}
	if write {
		event.Events |= unix.EPOLLOUT
	}
	if fd == p.hung {
		if p.hung = -1; p.knows(fd) && p.known[fd] == event.Events {
			return nil // what came since the last event is one too
		}
	}
	return p.register(fd, 0)
}

// register has fd watched as p.wish says, which is known then with marks.
func (p *Poller) register(fd int, marks uint32) error {
	event, op := &p.wish, unix.EPOLL_CTL_ADD
	if p.knows(fd) {
		op = unix.EPOLL_CTL_MOD
	}
	err := p.control(op, fd, event)
	switch {
	case op == unix.EPOLL_CTL_MOD && err == unix.ENOENT:
		err = p.control(unix.EPOLL_CTL_ADD, fd, event)
	case op == unix.EPOLL_CTL_ADD && err == unix.EEXIST:
		err = p.control(unix.EPOLL_CTL_MOD, fd, event)
	}
	if err != nil {
		event.Events, marks = 0, 0
	}
	p.remember(fd, event.Events|marks)
	if (err == unix.EBADF || err == unix.EINVAL) && p.ready() && p.err != nil {
		return nil // it is about our own descriptor, not fd: Events tells
	}
	return err
}

// Bits that are no events, beside those in known.
const (
	watched = 1 << 26 // by Watch
	ended   = 1 << 27 // and something was told that is told once
)

const watchedEvents = unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLPRI | unix.EPOLLET

// Watch watches fd with EPOLLET in both directions.
func (p *Poller) Watch(fd int) error {
	p.wish = unix.EpollEvent{Fd: int32(fd), Events: watchedEvents}
	return p.register(fd, watched)
}

// AwaitRoom has nothing to ask for.
func (p *Poller) AwaitRoom(int) error { return nil }

// Ended reports whether fd is watched, and something was told that is told once.
func (p *Poller) Ended(fd int) bool {
	return p.knows(fd) && p.known[fd]&(watched|ended) == watched|ended
}

// Disarm takes fd out of the set.
func (p *Poller) Disarm(fd int) {
	if p.knows(fd) {
		_ = p.control(unix.EPOLL_CTL_DEL, fd, nil) // ENOENT, EBADF: it was closed before
		p.remember(fd, 0)
	}
}

func (p *Poller) control(op, fd int, event *unix.EpollEvent) error {
	p.calls.Add(1)
	return unix.EpollCtl(p.fd, op, fd, event)
}

// watchesEdges reports whether fd is registered with EPOLLET.
func (p *Poller) watchesEdges(fd int) bool { return p.knows(fd) && p.known[fd]&unix.EPOLLET != 0 }

func (p *Poller) knows(fd int) bool { return fd >= 0 && fd < len(p.known) && p.known[fd] != 0 }

// knownMax bounds the memory a wild descriptor number can cost; beyond it, each
// Arm tries to add first.
const knownMax = 1 << 20

func (p *Poller) remember(fd int, events uint32) {
	if fd >= len(p.known) {
		if events == 0 || fd >= knownMax {
			return
		}
		known := make([]uint32, max(64, min(2*fd, knownMax)))
		copy(known, p.known)
		p.known = known
	}
	p.known[fd] = events
}

// Wait parks until there are events, the deadline has passed, or Wake.
func (p *Poller) Wait(deadline time.Time) error { return p.spot.Wait(deadline) }

// Wake ends a Wait, or the next.
func (p *Poller) Wake() { p.spot.Wake() }

// ready collects events, where none are left to be told.
func (p *Poller) ready() bool {
	if p.found == 0 && p.err == nil {
		p.collect()
	}
	return p.found > 0 || p.err != nil
}

func (p *Poller) collect() {
	for {
		p.calls.Add(1)
		n, err := unix.EpollWait(p.fd, p.events, 0)
		if err == unix.EINTR {
			continue
		}
		p.found = max(n, 0)
		if err != nil {
			p.err = fmt.Errorf("epoll_wait: %w", err)
			p.astray = err == unix.EBADF || err == unix.EINVAL
		}
		return
	}
}

// Events tells of descriptors that are ready.
func (p *Poller) Events(tell func(fd int, read, write bool)) error {
	for p.ready() {
		if err := p.err; err != nil {
			p.err = nil
			return err
		}
		n := p.found
		for i := range p.events[:n] {
			p.tellOf(&p.events[i], tell)
		}
		p.found = 0
		if n < len(p.events) {
			return nil
		}
	}
	return nil
}

// tellOf tells of one event.
func (p *Poller) tellOf(e *unix.EpollEvent, tell func(fd int, read, write bool)) {
	fd, hung := int(e.Fd), e.Events&(unix.EPOLLERR|unix.EPOLLHUP) != 0
	read := hung || e.Events&(unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLPRI) != 0
	write := hung || e.Events&unix.EPOLLOUT != 0
	if p.knows(fd) && p.known[fd]&watched != 0 {
		if hung || e.Events&(unix.EPOLLRDHUP|unix.EPOLLPRI) != 0 {
			p.known[fd] |= ended
		}
		tell(fd, read, write)
		return
	}
	if hung {
		p.hung = fd
	}
	tell(fd, read, write)
	armed := hung && p.hung != fd
	p.hung = -1
	if p.watchesEdges(fd) && !armed {
		p.Disarm(fd) // nobody waits, and EPOLLET goes on
	}
}

// Close gives the poller's descriptors back.
func (p *Poller) Close() error {
	if p.closed {
		return nil
	}
	p.closed = true
	if p.astray {
		return p.spot.Close() // the number may be somebody else's
	}
	return errors.Join(p.spot.Close(), unix.Close(p.fd))
}
