package fdcall

import (
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// endGrace is how long the kernel has to answer a call that is to end, before its caller leaves it.
const endGrace = 5 * time.Millisecond

// A grace is that time, for one call. Calls that end together and that one goroutine waits for in
// turn, as those of a batch, all begin theirs with the first that is found to have ended.
type grace struct{ until time.Time } // zero before it has begun

// begin begins it, and reports whether it had not begun.
func (g *grace) begin() (first bool) {
	if first = !g.begun(); first {
		g.until = time.Now().Add(endGrace)
	}
	return first
}

func (g *grace) begun() bool { return !g.until.IsZero() }

// left is what is left of it. It has begun.
func (g *grace) left() time.Duration { return time.Until(g.until) }

// beginGrace begins the grace of c and of what ends with it, and reports whether it had not begun.
func (c *QueuedCall) beginGrace() (first bool) {
	if first = c.grace.begin(); first && c.atEnd != nil {
		c.atEnd(false)
	}
	return first
}

// endCause is what has ended c, which is under way, or nil.
func (c *QueuedCall) endCause() error {
	switch {
	case c.Ctx.Err() != nil:
		return EndOf(c.Ctx)
	case isClosed(c.ended[0]):
		return c.cause()
	case isClosed(c.ending):
		return proactor.ErrClosed
	}
	return nil
}

// End has the transfer end, if something has ended it: its grace begins, if it has not. Wait is to
// follow as ever. With held its time is over, and it is counted if the kernel has memory of the caller's.
func (p *Pending) End(held bool) {
	switch {
	case p.c != nil && held:
		if p.c.queued.grace.begun() && !p.c.canLeave() && !p.w.Delivered() {
			p.c.d.hold(p.w)
		}
	case p.c != nil:
		if p.c.queued.endCause() != nil && p.c.queued.grace.begin() {
			p.w.Proactor.RequestCancel(&p.w.C)
		}
	case held: // it is left
	case p.thread != nil:
		if p.thread.queued.endCause() != nil {
			p.thread.queued.grace.begin()
		}
	case p.lane.q.endCause() != nil:
		p.lane.q.grace.begin()
	}
}
