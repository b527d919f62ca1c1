package proactor

import (
	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/list"
)

// fdEntry is what the loop knows of one descriptor: the operations on it, but for those
// whose submitter keeps account of them (hook.SetOwned), and the close that waits for
// them. Closing a descriptor cancels nothing in the kernel, and an operation started later
// would meet the file that got the number next; so a close goes out only when the list is
// empty.
type fdEntry struct {
	ops     list.List[Completion]
	closing *Completion
	held    list.List[Completion] // came while the close was in flight: the number may be new by then
}

// fdTable finds the entry of a descriptor. Numbers are small and dense; a wild
// one, which the kernel will refuse, must not cost memory.
type fdTable struct {
	dense  []fdEntry
	sparse map[int]*fdEntry
}

const denseMax = 1 << 16

func (t *fdTable) entry(fd int) *fdEntry {
	if fd < len(t.dense) {
		return &t.dense[fd]
	}
	return t.newEntry(fd)
}

// known is the entry of fd, or nil if there is none yet: a connection whose submitter keeps account of
// it needs none until it is closed.
func (t *fdTable) known(fd int) *fdEntry {
	if fd < len(t.dense) {
		return &t.dense[fd]
	}
	return t.sparse[fd]
}

// newEntry is entry where the dense table does not reach. It stays apart for its
// frame, as deliverStat does.
//
//go:noinline
func (t *fdTable) newEntry(fd int) *fdEntry {
	if fd < denseMax {
		dense := make([]fdEntry, min(denseMax, max(64, 2*fd)))
		copy(dense, t.dense)
		t.dense = dense
		return &t.dense[fd]
	}
	e := t.sparse[fd]
	if e == nil {
		if t.sparse == nil {
			t.sparse = make(map[int]*fdEntry)
		}
		e = new(fdEntry)
		t.sparse[fd] = e
	}
	return e
}

// forget drops an entry that holds nothing any more.
func (t *fdTable) forget(fd int) {
	if e := t.sparse[fd]; e != nil && e.ops.Size == 0 && e.closing == nil && e.held.Size == 0 {
		delete(t.sparse, fd)
	}
}

// beginClose starts the close c: the operations on the descriptor's number are asked to
// stop, and the close waits for them. Operations whose submitter keeps account of them are
// not in the list: see hook.SetOwned.
func (p *Proactor) beginClose(c *Completion) {
	e := p.fds.entry(c.req.FD)
	switch {
	case e.closing == nil:
	case e.closing.state.Load() == inFlight:
		e.held.PushBack(&c.node, c) // the number may be new by then
		return
	default:
		c.kind = kindIO // it does not become the one that closes
		p.finish(c, 0, errDescriptorClosed)
		return
	}
	e.closing = c
	for n := e.ops.First; n != nil; {
		next := n.Next
		p.stop(n.Value, reasonDescriptorClosed)
		n = next
	}
	p.closeIfFree(c.req.FD)
}

// closeIfFree lets the close of fd go ahead if nothing is left before it.
func (p *Proactor) closeIfFree(fd int) {
	e := p.fds.entry(fd)
	if c := e.closing; c != nil && e.ops.Size == 0 && c.state.Load() == waiting {
		c.state.Store(queued)
		c.precedence = front // what is in flight may never end, and a close always does
		p.queue.PushFront(&c.node, c)
	}
}

// leaveFD takes c off its descriptor's list.
func (p *Proactor) leaveFD(c *Completion) {
	fd := c.req.FD
	c.facts &^= isOnFD
	p.fds.entry(fd).ops.Remove(&c.fdNode)
	p.closeIfFree(fd)
	p.fds.forget(fd)
}

// fdReused is told that the kernel has given out the number fd. A close of it that
// is in flight has then been carried out, only its event is to come: it says
// nothing about the new descriptor.
func (p *Proactor) fdReused(fd int) {
	if e := p.fds.known(fd); e != nil && e.closing != nil && e.closing.state.Load() == inFlight {
		p.endClose(e.closing)
	}
}

// endClose starts the operations on the number that came while the close was in flight.
func (p *Proactor) endClose(c *Completion) {
	fd := c.req.FD
	e := p.fds.entry(fd)
	if e.closing != c {
		return // fdReused was faster
	}
	e.closing = nil
	held := e.held
	e.held = list.List[Completion]{}
	for op := held.PopFront(); op != nil; op = held.PopFront() {
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
	p.watch.kinds[backend.OpClose].begun++
	c.since = p.batchNow()
	p.beginClose(c)
}
