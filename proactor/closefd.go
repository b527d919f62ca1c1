package proactor

import "github.com/awaitio/awaitio/internal/backend"

// beginClose starts the close c: what is under way on the descriptor is asked
// to stop, and the close waits for it.
func (p *Proactor) beginClose(c *Completion) {
	e := p.fds.entry(c.req.FD)
	switch {
	case e.closing == nil:
	case e.closing.state.Load() == inFlight:
		e.held.pushBack(c) // the number may be new by then
		return
	default:
		c.kind = kindIO // it does not become the one that closes
		p.finish(c, 0, errDescriptorClosed)
		return
	}
	e.closing = c
	for op := e.first; op != nil; {
		next := op.fdNext
		p.stop(op, reasonDescriptorClosed)
		op = next
	}
	p.closeIfFree(c.req.FD)
}

// closeIfFree lets the close of fd go ahead if nothing is left before it.
func (p *Proactor) closeIfFree(fd int) {
	e := p.fds.entry(fd)
	if c := e.closing; c != nil && e.first == nil && c.state.Load() == waiting {
		c.state.Store(queued)
		c.precedence = front // what is in flight may never end, and a close always does
		p.queue.pushFront(c)
	}
}

// leaveFD takes c off its descriptor's list.
func (p *Proactor) leaveFD(c *Completion) {
	fd := c.req.FD
	p.fds.entry(fd).unlink(c)
	p.closeIfFree(fd)
	p.fds.forget(fd)
}

// fdReused is told that the kernel has given out the number fd. A close of it that
// is in flight has then been carried out, only its event is to come: it says
// nothing about the new descriptor.
func (p *Proactor) fdReused(fd int) {
	if c := p.fds.entry(fd).closing; c != nil && c.state.Load() == inFlight {
		p.endClose(c)
	}
}

// endClose lets through what came for the number while the close was in flight.
func (p *Proactor) endClose(c *Completion) {
	fd := c.req.FD
	e := p.fds.entry(fd)
	if e.closing != c {
		return // fdReused was faster
	}
	e.closing = nil
	held := e.held
	e.held = list{}
	for op := held.popFront(); op != nil; op = held.popFront() {
		if op.kind == kindClose {
			p.beginClose(op)
		} else {
			p.enqueue(op)
		}
	}
	p.fds.forget(fd)
}

// closeQuietly closes a descriptor that no caller has.
func (p *Proactor) closeQuietly(fd int) {
	c := new(Completion)
	c.p, c.kind, c.req = p, kindClose, backend.Request{Op: backend.OpClose, FD: fd}
	c.state.Store(waiting)
	p.counters.submitted++
	p.beginClose(c)
}
