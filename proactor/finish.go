package proactor

import (
	"errors"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/race"
)

// errPending is interrupt's word for "the backend has been asked".
var errPending = errors.New("pending")

// finish gives c its result and its place among the callbacks to come.
func (p *Proactor) finish(c *Completion, n int, err error) {
	if c.timerSlot != 0 {
		p.timers.clear(c)
	}
	p.uncount(c)
	if err == nil && c.kind == kindIO && backend.DescriptorOps&(1<<c.req.Op) != 0 {
		p.fdReused(n)
	}
	if c.abandoned && err == nil {
		n, err = p.discard(c, n)
	}
	if race.Enabled && (n > 0 || err == nil) && c.receives() {
		race.Acquire()
	}
	p.counters.completed++
	c.result = Result{N: n}
	switch {
	case err != nil:
		p.counters.failed(err)
		c.result.Err = c.fail(err)
	case c.detailed:
		c.deliver()
	}
	c.state.Store(completed)
	if c.stuck.Load() {
		p.inFlight.release(c)
	}
	p.completed.pushBack(c)
	if c.kind == kindClose {
		p.endClose(c)
	} else if c.onFD {
		p.leaveFD(c)
	}
}

// discard counts a result that nobody is left to take, and closes the
// descriptor it may be.
func (p *Proactor) discard(c *Completion, n int) (int, error) {
	p.counters.abandoned.Add(1)
	if c.kind != kindIO || backend.DescriptorOps&(1<<c.req.Op) == 0 {
		return n, nil
	}
	p.closeQuietly(n)
	return 0, ErrCanceled
}

// deliver copies what the backend filled into the caller's own records.
func (c *Completion) deliver() {
	switch {
	case c.kind != kindIO:
	case c.details.peer != nil:
		c.details.peer.known(c.req.NameLen)
	case c.req.Op == backend.OpRecvMsg:
		c.details.message.received(c.req.Msg)
	case c.req.Op == backend.OpStatx:
		c.deliverStat()
	}
}

// deliverStat is not inlined because of its frame: a caller in Flush has the round on
// its own stack, which would have to grow.
//
//go:noinline
func (c *Completion) deliverStat() { *c.details.stat = newStat(&c.details.rawStat) }

// dispatch runs the callbacks of operations that are complete now, up to budget, and of
// alarms. What they complete themselves waits for the next round. dispatch reports
// whether it ran any.
func (p *Proactor) dispatch(budget int) bool {
	n, sounding := min(p.completed.size, budget), p.sounding
	if n == 0 && sounding == 0 {
		return false
	}
	p.publish() // a goroutine that a callback wakes finds its own operation counted
	p.dispatching.Store(true)
	for left := n; left > 0; left-- {
		if left == 1 && !p.combining && p.policy.batching {
			p.yielder.arrange()
		}
		c := p.completed.popFront()
		callback, result := c.callback, c.result
		c.result = Result{}
		c.forget()
		c.state.Store(idle)
		if callback != nil {
			callback(c, result)
		}
	}
	if sounding != 0 {
		p.sounding = 0
		p.alarms.Sound(sounding)
	}
	p.dispatching.Store(false)
	return true
}
