package fdcall

import (
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// endGrace is how long the kernel has to answer a call that is to end, before its caller leaves it.
const endGrace = 5 * time.Millisecond

// A grace is that time for one call. If one goroutine waits for the calls of a batch in turn and
// something ends them all, the graces of all begin when the first is found to have ended.
type grace struct{ until time.Time } // zero before it has begun

// begin starts the time, unless it has begun, and reports whether it did.
func (g *grace) begin() (first bool) {
	if first = !g.begun(); first {
		g.until = time.Now().Add(endGrace)
	}
	return first
}

func (g *grace) begun() bool { return !g.until.IsZero() }

// left returns the time that is left of a grace that has begun.
func (g *grace) left() time.Duration { return time.Until(g.until) }

// beginGrace begins the grace of c, and those of the transfers of its batch. It reports whether the
// grace of c had not begun before.
func (c *QueuedCall) beginGrace() (first bool) {
	if first = c.grace.begin(); first && c.batch != nil {
		c.batch.Stop()
	}
	return first
}

// endCause is what has ended c, a call under way, or nil.
func (c *QueuedCall) endCause() error {
	switch {
	case isClosed(c.done):
		return EndOf(c.Ctx)
	case isClosed(c.ended[0]):
		return c.cause()
	case isClosed(c.ending):
		return proactor.ErrClosed
	}
	return nil
}

// A Batch is several transfers that one goroutine begins and then waits for in turn. A transfer that
// is part of one tells it how its own end goes on, so that all that have ended share one grace.
type Batch interface {
	Stop() // something has ended a transfer: the batch calls Stop of each Pending
	Hold() // the grace is over, and the kernel still has memory of the caller's: it calls Hold of each
}

// Stop begins the grace of p if something has ended it, and asks a loop that makes it to cancel it.
// Wait must still be called.
func (p *Pending) Stop() {
	switch {
	case p.c != nil:
		if p.c.queued.endCause() != nil && p.c.queued.grace.begin() {
			p.w.Proactor.RequestCancel(&p.w.C)
		}
	case p.thread != nil:
		if p.thread.queued.endCause() != nil {
			p.thread.queued.grace.begin()
		}
	case p.lane.q.endCause() != nil:
		p.lane.q.grace.begin()
	}
}

// Hold counts p as held if its grace has begun and the kernel has memory of the caller's: Wait waits
// for the kernel. It does nothing for a transfer that Wait can leave.
func (p *Pending) Hold() {
	if p.c != nil && p.c.queued.grace.begun() && !p.c.canLeave() && !p.w.Delivered() {
		p.c.d.hold(p.w)
	}
}
