package proactor

import (
	"time"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/hook"
)

// leaveAfter is how long a proactor that ends waits for operations that their callers have left.
const leaveAfter = 5 * time.Millisecond

// A leaving is the wait of a proactor that ends for operations that their callers have left.
type leaving struct {
	until int64 // never: it has not begun
}

// leaveAbandoned leaves the operations in flight to the kernel if nothing else is under way and
// leaveAfter has passed. It reports whether it has left them. A caller that abandons an operation can
// do without the memory that it has lent: that memory is kept for good.
func (p *Proactor) leaveAbandoned(l *leaving) bool {
	leaver, can := p.backend.(backend.Leaver)
	switch {
	case !can || !p.onlyAbandoned():
		l.until = never
		return false
	case l.until == never:
		l.until = p.after(leaveAfter)
		return false
	case p.now() < l.until:
		return false
	}
	any := false
	for i := range p.inFlight.slots {
		c := p.inFlight.slots[i].c
		if c == nil || !leaver.Leave(c.req.Token) {
			continue
		}
		any = true
		p.inFlight.remove(c.req.Token)
		pin(p.backend, c.req.Buf, c.details)
		p.finish(c, c.moved, leftError{})
		c.isLeft = true
		c.details, c.facts = nil, c.facts&^isDetailed // another operation gets its own
	}
	return any
}

// onlyAbandoned reports whether all operations under way are in flight and abandoned.
func (p *Proactor) onlyAbandoned() bool {
	if p.queue.Size+p.completed.Size+p.listening.Size+len(p.timers.Entries)+len(p.cancels) > 0 {
		return false
	}
	for i := range p.inFlight.slots {
		if c := p.inFlight.slots[i].c; c != nil && (c.kind != kindIO || c.facts&isAbandoned == 0) {
			return false
		}
	}
	return p.inFlight.size > 0
}

// A leftError is the error of an operation that the kernel still has when its proactor ends. The
// kernel may use the operation's memory for good.
type leftError struct{}

func (leftError) Error() string { return ErrClosed.Error() }
func (leftError) Is(target error) bool {
	return target == hook.ErrKept || ErrClosed.(closedError).Is(target)
}
