//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import (
	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// A queue is flights in order of arrival.
type queue struct{ head, tail *flight }

func (q *queue) push(f *flight) {
	f.next, f.prev = nil, q.tail
	if q.tail == nil {
		q.head = f
	} else {
		q.tail.next = f
	}
	q.tail = f
}

func (q *queue) remove(f *flight) {
	if f.prev == nil {
		q.head = f.next
	} else {
		f.prev.next = f.next
	}
	if f.next == nil {
		q.tail = f.prev
	} else {
		f.next.prev = f.prev
	}
	f.next, f.prev = nil, nil
}

// A line is what waits for one descriptor. Reads are served in order, and so are
// writes; each poll stands for itself.
type line struct {
	reads, writes, polls queue

	reader, writer *errand  // under way
	left           []byte   // was read by an errand for a read that was cancelled
	leftOf         identity // whose
}

// away reports whether an errand is under way for q, one of l's.
func (l *line) away(q *queue) bool {
	return q == &l.reads && l.reader != nil || q == &l.writes && l.writer != nil
}

// lines finds a descriptor's line. One is made when something waits, so a wild
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

// of is the queue of l that f belongs in.
func (l *line) of(f *flight) *queue {
	switch f.req.Op {
	case backend.OpPoll:
		return &l.polls
	case backend.OpConnect, backend.OpSend, backend.OpSendMsg, backend.OpWrite, backend.OpWriteV:
		return &l.writes
	}
	return &l.reads
}

// othersWait reports whether f has to stand behind somebody. A poll is behind
// nobody, and what never waits passes those who do: a shutdown ends their wait.
func (e *Engine) othersWait(f *flight) bool {
	switch f.req.Op {
	case backend.OpNop, backend.OpPoll, backend.OpShutdown, backend.OpSocket:
		return false
	}
	l := e.lines.at(f.req.FD)
	return l != nil && (l.of(f).head != nil || l.away(l.of(f)))
}

func (e *Engine) wait(f *flight) {
	if f.req.Op == backend.OpConnect && !f.begun {
		f.stage = stageBacklog
		e.backlog.push(f)
		return
	}
	f.stage = stageLine
	e.waiting++
	e.lines.make(f.req.FD).of(f).push(f)
}

func (e *Engine) leave(f *flight) {
	if f.stage == stageBacklog {
		f.stage = stageNew
		e.backlog.remove(f)
		return
	}
	f.stage = stageNew
	e.waiting--
	e.lines.at(f.req.FD).of(f).remove(f)
}

// arm asks the poller about fd, for all that waits there. If it will not watch
// fd, what waits fails with its error.
func (e *Engine) arm(fd int) {
	l := e.lines.at(fd)
	read := l.reads.head != nil && l.reader == nil
	write := l.writes.head != nil && l.writer == nil
	for f := l.polls.head; f != nil; f = f.next {
		read = read || f.req.Flags&^unix.POLLOUT != 0
		write = write || f.req.Flags&unix.POLLOUT != 0
	}
	if !read && !write || e.broken {
		return
	}
	if err := e.poller.Arm(fd, read, write); err != nil {
		e.failLine(l, failure(err))
	}
}

// failLine ends all that waits in l.
func (e *Engine) failLine(l *line, result int) {
	for _, q := range []*queue{&l.reads, &l.writes, &l.polls} {
		for q.head != nil {
			f := q.head
			e.leave(f)
			e.finish(f, result)
		}
	}
}

// ready attempts what waits for fd.
func (e *Engine) ready(fd int, read, write bool) {
	l := e.lines.at(fd)
	if l == nil {
		return
	}
	if read && l.reader == nil {
		e.advance(&l.reads)
	}
	if write && l.writer == nil {
		e.advance(&l.writes)
	}
	for f := l.polls.head; f != nil; {
		next := f.next
		e.again(f)
		f = next
	}
	e.arm(fd)
}

// advance attempts the head of q as long as that gets somewhere.
func (e *Engine) advance(q *queue) {
	for q.head != nil && e.again(q.head) {
	}
}

// again attempts f, which waits, and reports whether that was its end.
func (e *Engine) again(f *flight) bool {
	e.attempts.Add(1)
	if e.takeLeft(f) {
		e.leave(f)
		e.finish(f, f.done)
		return true
	}
	result, wait := f.try()
	if wait {
		if f.aside {
			e.send(f)
		}
		return false
	}
	e.leave(f)
	e.finish(f, result)
	return true
}
