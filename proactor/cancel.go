package proactor

import (
	"errors"
	"syscall"

	"github.com/awaitio/awaitio/internal/backend"
)

// cancelEntry is a cancel on its way to the backend. It names the target by its
// token, so that a target that completes meanwhile is simply not found.
type cancelEntry struct {
	target backend.Token
	c      *Completion // the operation that asked, or nil
}

// errPending is what interrupt returns when the backend has to be asked.
var errPending = errors.New("pending")

// interrupt asks c to stop for the reason r: at once if only the loop has c, through the backend
// otherwise. The first reason counts.
//
// It returns nil if c is stopped, errPending if the backend has to be asked and c's event
// will tell, and ErrAlreadyInProgress if c cannot be stopped any more.
func (p *Proactor) interrupt(c *Completion, r reason) error {
	if c.kind == kindClose {
		return ErrAlreadyInProgress // a close is always carried out
	}
	switch c.state.Load() {
	case queued:
		p.queue.Remove(&c.node)
	case waiting:
		if !p.stopWaiting(c) {
			return ErrAlreadyInProgress
		}
	case inFlight:
		if c.kind != kindIO {
			return ErrAlreadyInProgress
		}
		if c.stopped == reasonNone {
			c.stopped = r
			p.timers.clear(c)
		}
		return errPending
	default:
		return ErrNotFound
	}
	if c.stopped == reasonNone {
		c.stopped = r
	}
	p.finish(c, c.moved, p.endOf(c.stopped))
	return nil
}

// stopWaiting removes c from where it waits. It reports false for a cancel, which waits only for a
// moment.
func (p *Proactor) stopWaiting(c *Completion) bool {
	switch c.kind {
	case kindIO:
		p.fds.entry(c.req.FD).held.Remove(&c.node)
		return true
	case kindEvent:
		p.unlisten(c)
		return true
	case kindTimeout:
		return true
	}
	return false
}

// stop is interrupt without an answer: it asks the backend itself if that is needed.
func (p *Proactor) stop(c *Completion, r reason) {
	if p.interrupt(c, r) == errPending {
		p.cancels = append(p.cancels, cancelEntry{target: c.req.Token})
	}
}

// isCurrent reports whether the loop has c for that submission. Otherwise c may belong to a
// submitter, and only its atomic fields may be read.
func (p *Proactor) isCurrent(c *Completion, submission uint32) bool {
	switch c.state.Load() {
	case queued, inFlight, waiting:
		return c.submission.Load() == submission && c.p == p
	}
	return false
}

// cancelFor carries out the cancel operation c.
func (p *Proactor) cancelFor(c *Completion) {
	t := c.details.target
	if t == c || !p.isCurrent(t, c.details.targetSubmission) {
		p.finish(c, 0, ErrNotFound)
		return
	}
	err := p.interrupt(t, reasonCanceled)
	if err == errPending {
		p.cancels = append(p.cancels, cancelEntry{t.req.Token, c})
		return
	}
	p.finish(c, 0, err)
}

// flushCancels hands cancels to the backend while it has room for them, and returns how many it
// accepted.
func (p *Proactor) flushCancels() int {
	n := 0
	for ; n < len(p.cancels) && p.flushCancel(p.cancels[n]); n++ {
		p.cancels[n] = cancelEntry{}
	}
	if n == 0 {
		return 0
	}
	rest := copy(p.cancels, p.cancels[n:])
	clear(p.cancels[rest:])
	p.cancels = p.cancels[:rest]
	return n
}

func (p *Proactor) flushCancel(e cancelEntry) bool {
	switch {
	case p.inFlight.get(e.target) == nil:
		if e.c != nil {
			p.finish(e.c, 0, ErrNotFound)
		}
		return true
	case e.c == nil:
		return p.backend.Cancel(e.target, backend.TokenNone)
	}
	p.inFlight.add(e.c)
	if !p.backend.Cancel(e.target, e.c.req.Token) {
		p.inFlight.remove(e.c.req.Token)
		return false
	}
	e.c.state.Store(inFlight)
	return true
}

// cancelResult is the outcome of a cancel. A timeout's removal that races with
// its expiry answers EALREADY or EBUSY, by kernel version.
func cancelResult(result int) error {
	switch errno := syscall.Errno(-result); {
	case result >= 0:
		return nil
	case errno == syscall.ENOENT:
		return ErrNotFound
	case errno == syscall.EALREADY || errno == syscall.EBUSY:
		return ErrAlreadyInProgress
	default:
		return errno
	}
}
