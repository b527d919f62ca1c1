package proactor

import (
	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/list"
)

// fdEntry is what the loop knows of one descriptor: the operations on it, except those whose
// submitter tracks them itself (hook.SetOwned), and the close that waits for them. Closing a
// descriptor cancels nothing in the kernel, and an operation started later would be on the file
// that gets the number next. So a close is submitted only when the list is empty.
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

// known returns the entry of fd, or nil if there is none yet: a descriptor whose submitter tracks its
// operations needs none until it is closed.
func (t *fdTable) known(fd int) *fdEntry {
	if fd < len(t.dense) {
		return &t.dense[fd]
	}
	return t.sparse[fd]
}

// newEntry is entry for a number beyond the dense table. It is not inlined because of its frame, as
// deliverStat.
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

// forget drops an entry that is not needed any more.
func (t *fdTable) forget(fd int) {
	if e := t.sparse[fd]; e != nil && e.ops.Size == 0 && e.closing == nil && e.held.Size == 0 {
		delete(t.sparse, fd)
	}
}

// beginClose starts the close c: the operations on the descriptor's number are asked to
// stop, and the close waits for them. Operations that their submitter tracks itself are not in
// the list: see hook.SetOwned.
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

// closeIfFree submits the close of fd if no operation is left before it.
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

// fdReused is called when the kernel has given out the number fd. If a close of fd is in flight, the
// kernel has carried it out, and only its event is to come, which does not concern the new descriptor.
func (p *Proactor) fdReused(fd int) {
	if e := p.fds.known(fd); e != nil && e.closing != nil && e.closing.state.Load() == inFlight {
		p.endClose(e.closing)
	}
}

// endClose starts the operations on the number that were submitted while the close was in flight.
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
