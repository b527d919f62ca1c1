//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import (
	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/edge"
	"github.com/awaitio/awaitio/internal/socket"
)

// A registration is a TCP connection that the poller watches, edge-triggered. It need not be armed for
// each wait, and the callers can receive and send themselves.
type registration struct {
	conn    *edge.Conn // backend.Request.Conn; nil: the poller is asked each time
	on      bool
	tcp     bool // a short receive has drained the socket; false for SCTP, which package net takes for TCP
	tells   bool // this engine wakes conn's receiver, not that of another loop
	unasked int  // how many events the poller has had since an operation last waited
}

// unaskedMax is how many events a poller may have for a connection for which no operation waits here,
// and that another loop's engine watches, before it is disarmed.
const unaskedMax = 8

// register records which connection o is for. It ends the registration if the number belongs to another
// connection by now, or if o is an operation on the bare number, which arms the poller.
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

// end ends the registration.
func (r *registration) end() {
	if r.tells {
		r.conn.End()
	}
	*r = registration{}
}

// noteEvent handles an event of the poller. An event only for room to write does not concern a receiver.
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

// watch has the poller watch fd, whose line is l, from now on, and asks for room to write if an
// operation waits for that.
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

// ask makes the poller's calls for watch.
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

// endRegistrations ends all registrations: receivers submit requests from now on.
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
