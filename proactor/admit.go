package proactor

import (
	"math"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
)

// collect takes what other goroutines submitted and sent. Controls are taken before the
// mailbox and carried out after it: a control then finds its Completion, which was
// submitted earlier, no longer in the mailbox.
func (p *Proactor) collect() {
	var controls []control
	attend := p.attention.Load()&sent != 0
	if attend {
		p.attention.And(^uint32(sent))
		controls = p.controls.popAll()
	}
	p.batchTime = 0
	for c := p.mailbox.popAll(false); c != nil; {
		next := c.next
		p.admit(c)
		c = next
	}
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
}

// admit starts c on its way.
func (p *Proactor) admit(c *Completion) {
	p.counters.submitted++
	c.state.Store(waiting)
	if c.kind == kindIO {
		p.startTimer(c)
		p.enqueue(c)
		return
	}
	p.uncount(c)
	if c.kind != kindTimeout && c.kind != kindEvent {
		c.limit, c.limited, c.deadline = 0, false, time.Time{} // takes no time
	}
	switch c.kind {
	case kindClose:
		p.beginClose(c)
	case kindTimeout:
		p.startTimer(c)
	case kindNextTick:
		p.finish(c, 0, nil)
	case kindEvent:
		p.startTimer(c)
		p.listen(c)
	case kindCancel:
		p.cancelFor(c)
	}
}

// startTimer begins to count c's limit.
func (p *Proactor) startTimer(c *Completion) {
	when := int64(math.MaxInt64)
	timed := c.limited || !c.deadline.IsZero()
	if c.limited {
		when = later(p.batchNow(), c.limit)
	}
	if !c.deadline.IsZero() {
		when = min(when, p.at(c.deadline))
	}
	movable := !c.deadline.IsZero() // and then not the kernel's, which cannot put it off
	c.limit, c.limited, c.deadline = 0, false, time.Time{}
	if timed {
		c.req.Limited = !movable && p.linkable(c)
		if when <= p.batchNow() {
			c.precedence = oneAttempt
		}
		p.timers.set(c, when)
	}
}

// linkable reports whether the backend is to time c once it has it.
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
