package proactor

import (
	"math"
	"math/bits"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
)

// collect handles what other goroutines have submitted and sent. It takes the controls before the
// mailbox, and carries them out after it: so the Completion of a control, which was submitted
// earlier, is no longer in the mailbox.
func (p *Proactor) collect() {
	var controls []control
	attend := p.attention.Load()&sent != 0
	if attend {
		p.attention.And(^uint32(sent))
		controls = p.controls.popAll()
	}
	p.batchTime = 0
	p.admitAll(p.mailbox.popAll(false))
	if attend {
		p.attend(controls)
	}
}

// attend carries out controls, and delivers events.
func (p *Proactor) attend(controls []control) {
	for i := range controls {
		p.control(&controls[i])
		controls[i] = control{}
	}
	for e := p.events.head.Swap(nil); e != nil; {
		next := e.next
		p.triggered(e)
		e = next
	}
	p.answer()
}

// admitAll admits what was in the mailbox: first, and all that follow it.
func (p *Proactor) admitAll(first *Completion) {
	if first != nil {
		p.date(first)
	}
	for c := first; c != nil; {
		next := c.next
		c.next = nil
		p.admit(c)
		c = next
	}
}

// admit starts c on its way.
func (p *Proactor) admit(c *Completion) {
	p.counters.submitted++
	p.watch.kinds[c.opKind()].begun++
	c.since = p.watch.dated
	c.state.Store(waiting)
	if c.asked&withLimit != 0 || !c.deadline.IsZero() {
		p.startTimer(c)
	}
	if c.kind == kindIO {
		p.enqueue(c)
		return
	}
	p.uncount(c)
	switch c.kind {
	case kindClose:
		p.beginClose(c)
	case kindNextTick:
		p.finish(c, 0, nil)
	case kindEvent:
		p.listen(c)
	case kindCancel:
		p.cancelFor(c)
	}
}

// startTimer starts the timer of c's limit, if that is more than zero.
func (p *Proactor) startTimer(c *Completion) {
	when := int64(math.MaxInt64)
	if c.asked&withLimit != 0 {
		when = later(p.batchNow(), c.limit)
	}
	if !c.deadline.IsZero() {
		when = min(when, p.at(c.deadline))
	}
	movable := !c.deadline.IsZero() // and then not the kernel's, which cannot put it off
	c.limit, c.deadline, c.asked = 0, time.Time{}, c.asked&^withLimit
	switch c.kind {
	case kindIO, kindTimeout, kindEvent:
	default:
		return
	}
	c.req.Limited = !movable && p.linkable(c)
	if when <= p.batchNow() {
		c.precedence = oneAttempt
	}
	p.timers.set(c, when)
}

// linkable reports whether the backend keeps the time for c once it has c.
func (p *Proactor) linkable(c *Completion) bool {
	if !p.config.LinkedTimeouts || !p.features.LinkedTimeout || c.kind != kindIO {
		return false
	}
	switch c.req.Op {
	case backend.OpConnect, backend.OpRecv, backend.OpSend, backend.OpRecvMsg, backend.OpSendMsg:
		return true
	}
	return false
}

// enqueue puts c at the end of the queue, unless its descriptor is being closed.
func (p *Proactor) enqueue(c *Completion) {
	if p.draining {
		p.finish(c, 0, p.endOf(reasonClosed))
		return
	}
	if c.req.FD >= 0 && c.asked&withOwner == 0 {
		e := p.fds.entry(c.req.FD)
		switch {
		case e.closing == nil:
			c.facts |= isOnFD
			e.ops.PushFront(&c.fdNode, c)
		case e.closing.state.Load() == inFlight:
			e.held.PushBack(&c.node, c)
			return
		default:
			p.finish(c, 0, errDescriptorClosed)
			return
		}
	}
	c.state.Store(queued)
	p.queue.PushBack(&c.node, c)
}

// fill gives the backend as much of the queue as it and MaxInFlight allow, and reports whether it
// accepted anything. Cancels go first. None is dropped if there is no room: cancels that are left
// keep the loop from parking.
func (p *Proactor) fill() (progress bool, err error) {
	for {
		asked := 0
		if len(p.cancels) > 0 {
			asked = p.flushCancels()
		}
		p.makeBatch()
		taken, err := p.backend.Submit(p.batch)
		if taken < len(p.batch) {
			p.takeBack(taken)
		}
		if taken > 0 {
			p.counters.batches[bits.Len(uint(taken))-1].Add(1)
		}
		if p.config.MaxQueued > 0 || p.threadBound.Load() > 0 {
			for _, r := range p.batch[:taken] {
				p.uncount(p.inFlight.get(r.Token))
			}
		}
		progress = progress || taken > 0 || asked > 0
		switch {
		case err != nil:
			return progress, err
		case taken < len(p.batch):
			return progress, nil // no room before events are reaped
		case taken == 0 && (asked == 0 || len(p.cancels) == 0):
			return progress, nil
		}
	}
}

// makeBatch moves the head of the queue into the in-flight table and the batch.
func (p *Proactor) makeBatch() {
	p.batch = p.batch[:0]
	if len(p.cancels) > 0 {
		return
	}
	for len(p.batch) < batchMax {
		if p.queue.First == nil {
			return
		}
		c := p.queue.First.Value
		if c.facts&isThreadBound != 0 && p.combining || p.inFlight.size >= p.config.MaxInFlight && c.precedence != front {
			return
		}
		p.queue.Remove(&c.node)
		p.inFlight.add(c)
		c.state.Store(inFlight)
		c.req.Limited = c.req.Limited && c.when != 0 // it may have lost its deadline in line
		if c.req.Limited {
			p.timers.clear(c)
			c.req.Limit = time.Duration(max(0, c.when-p.now()))
		}
		p.batch = append(p.batch, &c.req)
	}
}

// takeBack returns what the backend did not accept to the head of the queue.
func (p *Proactor) takeBack(taken int) {
	for i := len(p.batch) - 1; i >= taken; i-- {
		c, _ := p.inFlight.remove(p.batch[i].Token)
		p.requeue(c)
	}
}

// requeue puts c, which has left the queue before, at its head.
func (p *Proactor) requeue(c *Completion) {
	c.state.Store(queued)
	p.inFlight.release(c)
	if c.when != 0 && c.req.Limited {
		p.timers.set(c, c.when)
	}
	p.queue.PushFront(&c.node, c)
}

// moveToFront makes c, whose time is up, the next operation to be attempted. It reports
// false if c must not be: it had time, it was attempted before, or an earlier operation
// on its descriptor is queued, which it must not overtake.
func (p *Proactor) moveToFront(c *Completion) bool {
	if c.precedence != oneAttempt || c.moved > 0 || c.state.Load() != queued {
		return false
	}
	for earlier := c.fdNode.Next; earlier != nil; earlier = earlier.Next {
		if earlier.Value.state.Load() == queued {
			return false
		}
	}
	c.precedence = front
	p.queue.Remove(&c.node)
	p.queue.PushFront(&c.node, c)
	return true
}
