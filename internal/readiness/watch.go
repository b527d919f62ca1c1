//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import "github.com/awaitio/awaitio/internal/backend"

// A watch is the state of a TCP connection that a Watcher has registered once, edge-triggered.
// It saves the system call that arms the poller for each wait, and the attempt that would
// find nothing. Pollers that are no Watchers (kqueue) have no watches.
type watch struct {
	conn    uint64 // backend.Request.Conn; 0: the poller is asked each time
	on      bool
	drained bool // nothing can be received before the poller tells of it
	unasked int  // how many times it has told since anything waited
}

// unaskedMax is how often a poller may tell of a connection that nobody waits for before
// it is told to stop: the calls on it are another loop's by now.
const unaskedMax = 8

// isDrained reports whether an attempt of o would find nothing. The number of a watch's
// connection may be another's by now, or others may call on it by its number, who have it
// armed for them: then the watch is over.
func (e *Engine) isDrained(o *operation) bool {
	l := e.lines.at(o.req.FD)
	if l == nil {
		if o.req.Conn == 0 {
			return false
		}
		l = e.lines.make(o.req.FD)
	}
	if l.watch.conn != o.req.Conn {
		l.watch = watch{conn: o.req.Conn}
	}
	l.watch.unasked = 0
	return e.shortcut && l.watch.on && l.watch.drained && l.of(o) == &l.reads && e.watcher.Drainable(o.req.FD)
}

// noteDrained learns from an attempt. A receive that gets less than it has room for has
// taken all there was, unless it stopped at urgent data: tcp(7), epoll(7).
func (e *Engine) noteDrained(o *operation, result int, wait bool) {
	l := e.lines.at(o.req.FD)
	if l == nil || l.watch.conn != o.req.Conn || l.of(o) != &l.reads {
		return
	}
	r := o.req
	short := r.Op == backend.OpRecv && r.Flags == 0 && 0 < result && result < len(head(r.Buf))
	l.watch.drained = wait || short
}

// noteReady learns from an event of the poller.
func (e *Engine) noteReady(fd int, l *line, read bool) {
	if read {
		l.watch.drained = false
	}
	if l.reads.First != nil || l.writes.First != nil || l.polls.First != nil {
		return
	}
	if l.watch.unasked++; l.watch.unasked == unaskedMax {
		e.poller.Disarm(fd)
		l.watch.on = false
	}
}

// watch has the poller tell of fd, whose line is l, from now on.
func (e *Engine) watch(fd int, l *line) {
	if l.watch.on {
		return
	}
	if err := e.watcher.Watch(fd); err != nil {
		e.failLine(l, backend.Failure(err))
		return
	}
	l.watch.on = true
}
