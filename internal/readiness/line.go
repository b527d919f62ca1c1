//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import (
	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/list"
)

// A line holds the operations that wait for one descriptor. Reads are served in order, and
// so are writes; polls have no order.
type line struct {
	reads, writes, polls list.List[operation]

	registered     registration
	reader, writer *errand  // under way
	left           []byte   // data that an errand has read for a read that was cancelled
	leftOf         identity // the file that left was read from
}

// away reports whether an errand is under way for q, a queue of l.
func (l *line) away(q *list.List[operation]) bool {
	return q == &l.reads && l.reader != nil || q == &l.writes && l.writer != nil
}

// lines are the lines of descriptors, by number. A line is made when an operation waits, so a wild
// number costs no memory.
type lines []*line

func (l lines) at(fd int) *line {
	if fd < 0 || fd >= len(l) {
		return nil
	}
	return l[fd]
}

func (l *lines) make(fd int) *line {
	if fd >= len(*l) {
		grown := make(lines, max(64, 2*fd))
		copy(grown, *l)
		*l = grown
	}
	if (*l)[fd] == nil {
		(*l)[fd] = new(line)
	}
	return (*l)[fd]
}

// of is the queue of l that o belongs in.
func (l *line) of(o *operation) *list.List[operation] {
	switch o.req.Op {
	case backend.OpPoll:
		return &l.polls
	case backend.OpConnect, backend.OpSend, backend.OpSendMsg, backend.OpWrite, backend.OpWriteV:
		return &l.writes
	}
	return &l.reads
}

// othersWait reports whether o has to wait behind another operation. A poll has not, nor has an
// operation that never waits: a shutdown, for example, ends the wait of the others.
func (e *Engine) othersWait(o *operation) bool {
	switch o.req.Op {
	case backend.OpNop, backend.OpPoll, backend.OpShutdown, backend.OpSocket:
		return false
	}
	l := e.lines.at(o.req.FD)
	return l != nil && (l.of(o).First != nil || l.away(l.of(o)))
}

// join makes o wait for its descriptor, at the end of its queue, or for a while in the backlog.
func (e *Engine) join(o *operation) {
	if o.req.Op == backend.OpConnect && o.phase != phaseConnecting {
		o.stage = stageBacklog
		e.backlog.push(o)
		return
	}
	o.stage = stageLine
	e.waiting++
	e.lines.make(o.req.FD).of(o).PushBack(&o.node, o)
}

// arm arms the poller for all operations that wait for fd. If the poller cannot watch fd, they fail
// with its error.
func (e *Engine) arm(fd int) {
	l := e.lines.at(fd)
	read := l.reads.First != nil && l.reader == nil
	write := l.writes.First != nil && l.writer == nil
	for n := l.polls.First; n != nil; n = n.Next {
		read = read || n.Value.req.Flags&^unix.POLLOUT != 0
		write = write || n.Value.req.Flags&unix.POLLOUT != 0
	}
	if !read && !write || e.broken {
		return
	}
	if l.registered.conn != nil {
		e.watch(fd, l, write)
		return
	}
	if err := e.poller.Arm(fd, read, write); err != nil {
		e.failLine(l, backend.Failure(err))
	}
}

// failLine ends all operations in l.
func (e *Engine) failLine(l *line, result int) {
	for _, q := range []*list.List[operation]{&l.reads, &l.writes, &l.polls} {
		for q.First != nil {
			e.finish(q.First.Value, result)
		}
	}
}

// ready attempts the operations that wait for fd.
func (e *Engine) ready(fd int, read, write bool) {
	l := e.lines.at(fd)
	if l == nil {
		return
	}
	if l.registered.on {
		e.noteEvent(fd, l, read)
	}
	if read && l.reader == nil {
		e.advance(&l.reads)
	}
	if write && l.writer == nil {
		e.advance(&l.writes)
	}
	for n := l.polls.First; n != nil; {
		next := n.Next
		e.again(n.Value)
		n = next
	}
	e.arm(fd)
}

// advance attempts the head of q for as long as it ends.
func (e *Engine) advance(q *list.List[operation]) {
	for q.First != nil && e.again(q.First.Value) {
	}
}

// again attempts o, which waits, and reports whether it has ended.
func (e *Engine) again(o *operation) bool {
	ended := e.attempt(o)
	if !ended && o.phase == phaseErrandDue {
		e.startErrand(o)
	}
	return ended
}
