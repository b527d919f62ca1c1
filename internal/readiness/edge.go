//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import (
	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/edge"
	"github.com/awaitio/awaitio/internal/socket"
)

// A registration is of a TCP connection that the poller tells of by itself. It saves what arms
// the poller for each wait, and lets the callers receive and send themselves.
type registration struct {
	conn    *edge.Conn // backend.Request.Conn; nil: the poller is asked each time
	on      bool
	tcp     bool // a short receive has taken all there was: not so of SCTP, of which package net makes TCP connections, too
	tells   bool // conn is told by this engine, and not by another loop's
	unasked int  // how many times the poller has told since anything waited
}

// unaskedMax is how often a poller may tell of a connection for which nobody waits here, and
// that another loop's engine watches, before it is told to stop.
const unaskedMax = 8

// register notes whose connection o is for. The number of a connection may be another's by
// now, or others may call on it by its number, who have it armed for them: then the
// registration is over.
func (e *Engine) register(o *operation) {
	l := e.lines.at(o.req.FD)
	if l == nil {
		if o.req.Conn == nil {
			return
		}
		l = e.lines.make(o.req.FD)
	}
	if l.registered.conn != o.req.Conn {
		l.registered.end()
		l.registered.conn = o.req.Conn
	}
	l.registered.unasked = 0
}

// end is the end of the registration.
func (r *registration) end() {
	if r.tells {
		r.conn.End()
	}
	*r = registration{}
}

// noteEvent learns from an event of the poller. One that is of room to write alone is nothing
// to a receiver.
func (e *Engine) noteEvent(fd int, l *line, read bool) {
	r := &l.registered
	if r.tells {
		if read && r.conn.Tell(e.poller.Ended(fd)) {
			e.woken++
		}
		return
	}
	if l.reads.First != nil || l.writes.First != nil || l.polls.First != nil {
		return
	}
	if r.unasked++; r.unasked == unaskedMax {
		e.poller.Disarm(fd)
		r.on = false
	}
}

// watch has the poller tell of fd, whose line is l, from now on, and of room to write if
// something waits for that.
func (e *Engine) watch(fd int, l *line, write bool) {
	r := &l.registered
	if err := e.ask(fd, r, write); err != nil {
		e.failLine(l, backend.Failure(err))
		return
	}
	if !r.tells && r.tcp && r.conn.Begin(&e.receivers) { // another loop's engine may have ended since it was asked last
		r.tells = true
		e.watches = true
		if e.poller.Ended(fd) {
			r.conn.Tell(true) // what is told once has been
		}
	}
}

// ask is what watch has to ask the poller.
func (e *Engine) ask(fd int, r *registration, write bool) error {
	if !r.on {
		if err := e.poller.Watch(fd); err != nil {
			return err
		}
		r.on, r.tcp = true, socket.IsTCP(fd)
		socket.DisableSignal(fd)
	}
	if write {
		return e.poller.AwaitRoom(fd)
	}
	return nil
}

// endRegistrations has all receivers go by requests from now on.
func (e *Engine) endRegistrations() {
	for _, l := range e.lines {
		if l != nil {
			l.registered.end()
		}
	}
}

// Woken is backend.Watcher's.
func (e *Engine) Woken() uint64 { return e.woken }

// Receivers is backend.Watcher's.
func (e *Engine) Receivers() (parked, resumed uint64) {
	resumed = e.receivers.Resumed.Load() // first, so that it is not more than parked
	return e.receivers.Parked.Load(), resumed
}

// PassOn is backend.Watcher's.
func (e *Engine) PassOn() (waited bool) {
	for _, l := range e.lines {
		if l != nil && l.registered.tells && l.registered.conn.PassOn() {
			waited = true
		}
	}
	return waited
}
