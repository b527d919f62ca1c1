package proactor

import (
	"slices"
	"sync"
	"time"
)

// A control is a request about a Completion already submitted, from any
// goroutine. It carries the submission it means: if the Completion is in use
// for another by the time the loop looks, nothing happens.
type control struct {
	what       controlKind
	c          *Completion
	submission uint32
	deadline   time.Time
	made       int64 // when the deadline was moved, as Proactor.now; 0: not known
}

type controlKind uint8

const (
	controlCancel controlKind = iota
	controlAbandon
	controlDeadline
)

// controls hands controls to the loop. Two slices alternate, so that nothing is allocated
// in steady state.
type controls struct {
	mu      sync.Mutex
	waiting []control
	popped  []control // by the last popAll
	closed  bool
}

// add reports false if the loop has ended.
func (q *controls) add(c control) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.waiting = append(q.waiting, c)
	}
	return !q.closed
}

// close drops the controls that wait, and those added later.
func (q *controls) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.waiting, q.popped = nil, nil
}

// popAll returns the controls that wait. The loop must be done with them before the
// next popAll.
func (q *controls) popAll() []control {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting, q.popped = q.popped[:0], q.waiting
	return q.popped
}

// moves reports whether a control waits that moves c's deadline, and was made before when.
func (q *controls) moves(c *Completion, when int64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.ContainsFunc(q.waiting, func(w control) bool {
		return w.c == c && w.what == controlDeadline && w.submission == c.submission.Load() && w.made != 0 && w.made < when
	})
}

// RequestCancel asks for the operation of c to stop. It has no callback of its own: c's callback
// says how the operation ended. If the request comes too late, or c is not submitted, it does
// nothing. Any goroutine may call it.
func (p *Proactor) RequestCancel(c *Completion) { p.request(controlCancel, c, time.Time{}) }

// abandon is hook.Abandon.
func (p *Proactor) abandon(c *Completion) {
	p.inFlight.leave(c)
	p.request(controlAbandon, c, time.Time{})
}

// SetDeadline moves the deadline of the operation of c, which is under way, to the instant t; the
// zero Time removes it. For a timeout operation it moves the instant of its end. If the operation
// is complete or already being stopped, it does nothing. Any goroutine may call it.
//
// With Config.LinkedTimeouts, a timeout (not a deadline) that the kernel counts can be moved
// earlier but not later.
func (p *Proactor) SetDeadline(c *Completion, t time.Time) { p.request(controlDeadline, c, t) }

func (p *Proactor) request(what controlKind, c *Completion, deadline time.Time) {
	q := control{what: what, c: c, submission: c.submission.Load(), deadline: deadline}
	if what == controlDeadline && !(p.inTest && p.inOtherTime()) {
		q.made = max(p.now(), 1)
	}
	if p.controls.add(q) {
		p.attention.Or(sent)
		p.wake()
	}
}

// control carries out q.
func (p *Proactor) control(q *control) {
	c := q.c
	switch {
	case !p.isCurrent(c, q.submission):
	case q.what == controlDeadline:
		p.moveDeadline(c, q)
	default:
		if q.what == controlAbandon {
			p.inFlight.abandon(c)
		}
		p.stop(c, reasonCanceled)
	}
}

// moveDeadline moves c's deadline, unless it had passed when the caller moved it. A loop that looks late does not
// count: a caller that puts a deadline off in time wants no timeout.
func (p *Proactor) moveDeadline(c *Completion, q *control) {
	made, t := q.made, q.deadline
	if made == 0 {
		made = p.now()
	}
	switch {
	case c.stopped != reasonNone || c.kind == kindCancel:
	case c.kind == kindIO && c.timerSlot != 0 && c.when <= made:
		// It had passed, though the timers have not been looked at since.
	case !t.IsZero():
		p.timers.set(c, p.at(t))
	case c.kind != kindTimeout:
		p.timers.clear(c)
		c.when = 0
	}
}
