package proactor

import (
	"time"

	"github.com/awaitio/awaitio/internal/backend"
)

// Nop does nothing, by way of the kernel. It measures the cost of an operation.
//
// IORING_OP_NOP.
func (p *Proactor) Nop(c *Completion, callback Callback) error {
	return p.bare(c, kindIO, callback)
}

// NextTick calls back in the loop's next round. It needs no room in the queue: Config.MaxQueued
// does not count it.
func (p *Proactor) NextTick(c *Completion, callback Callback) error {
	return p.bare(c, kindNextTick, callback)
}

// Timeout calls back when d has passed, never earlier, with a nil error. Stopped by Cancel or
// RequestCancel, it ends with ErrCanceled. A negative d is os.ErrInvalid.
func (p *Proactor) Timeout(c *Completion, d time.Duration, callback Callback) error {
	if err := p.claim(c, kindTimeout, backend.OpNop, -1, callback); err != nil {
		return err
	}
	c.SetTimeout(d)
	return p.post(c)
}

// OnTrigger calls back when e is triggered, once. One Completion at a time waits for an Event; the
// callback of another gets ErrInUse.
func (p *Proactor) OnTrigger(c *Completion, e *Event, callback Callback) error {
	if err := p.claim(c, kindEvent, backend.OpNop, -1, callback); err != nil {
		return err
	}
	if e == nil {
		return c.refuse(invalid("nil Event"))
	}
	c.detail().event = e
	return p.post(c)
}

// Cancel asks for the operation of target to stop. It is a request. c's own result is nil if the
// target was stopped, ErrNotFound if it was not under way, and ErrAlreadyInProgress if it is
// being carried out and may or may not stop. The target's callback says how it ended. The two
// callbacks come in any order. RequestCancel does the same without a callback of its own.
//
// IORING_OP_ASYNC_CANCEL.
func (p *Proactor) Cancel(c, target *Completion, callback Callback) error {
	if err := p.claim(c, kindCancel, backend.OpNop, -1, callback); err != nil {
		return err
	}
	if target == nil {
		return c.refuse(invalid("nil target"))
	}
	d := c.detail()
	d.target, d.targetSubmission = target, target.submission.Load()
	return p.post(c)
}

// bare is an operation that takes nothing.
func (p *Proactor) bare(c *Completion, k kind, callback Callback) error {
	if err := p.claim(c, k, backend.OpNop, -1, callback); err != nil {
		return err
	}
	return p.post(c)
}
