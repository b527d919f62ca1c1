//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import (
	"errors"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// errMayBlock is why the loop does not make an attempt: the descriptor is ready, but in blocking
// mode, and the call cannot be told not to wait. It would wait if another reader came first, or if
// a terminal had less room than there is to write.
var errMayBlock = errors.New("may block")

// An errand makes a call that may block although its descriptor is ready (errMayBlock), on a
// goroutine of its own and with a buffer of its own. So a request that is cancelled need not wait
// for the call. If the call reads after that, the data is kept for the next read of the
// descriptor. What it writes counts as written: the kernel writes it when there is room. Each
// direction of a descriptor has at most one errand.
type errand struct {
	fd     int
	events int16 // that the descriptor must be ready for
	file   identity
	buf    []byte
	n      int
	err    error
	next   *errand
}

// errandMax is how much an errand reads at once.
const errandMax = 64 << 10

// errands are the finished errands on their way to the loop.
type errands struct {
	any  atomic.Bool
	mu   sync.Mutex
	done *errand
}

// identity tells one open file from another that has its number later.
type identity struct{ dev, ino, rdev uint64 }

func identify(fd int) (who identity, ok bool) {
	var s unix.Stat_t
	if unix.Fstat(fd, &s) != nil {
		return identity{}, false
	}
	return identity{uint64(s.Dev), uint64(s.Ino), uint64(s.Rdev)}, true
}

// startErrand begins the errand of o, which is the first in its line. The errand uses a duplicate of
// the descriptor, because the number may be another file's when it makes its call.
func (e *Engine) startErrand(o *operation) {
	o.phase = phaseNone
	own, err := unix.FcntlInt(uintptr(o.req.FD), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		e.finish(o, backend.Failure(err))
		return
	}
	r := &errand{fd: o.req.FD, events: unix.POLLIN}
	l := e.lines.at(o.req.FD)
	if l.of(o) == &l.writes {
		r.events, r.buf = unix.POLLOUT, o.piece()
		l.writer, o.phase = r, phaseErrandWrites
	} else {
		r.buf = make([]byte, min(o.size(), errandMax))
		l.reader = r
	}
	go func() {
		r.run(own)
		e.errands.add(r)
		e.poller.Wake()
	}()
}

func (e *errands) add(r *errand) {
	e.mu.Lock()
	defer e.mu.Unlock()
	r.next, e.done = e.done, r
	e.any.Store(true)
}

func (e *errands) popAll() *errand {
	e.mu.Lock()
	defer e.mu.Unlock()
	done := e.done
	e.done = nil
	e.any.Store(false)
	return done
}

// piece is a copy of what o writes next, no more than a pipe that is ready takes.
func (o *operation) piece() []byte {
	p := o.req.Buf
	if o.req.Msg == nil {
		p = p[o.done:]
	} else {
		p = after(o.req.Msg.Buffers, o.done)[0]
	}
	return append([]byte(nil), p[:min(len(p), pipeWriteMax)]...)
}

// run makes the call, on a duplicate that it closes.
func (r *errand) run(fd int) {
	for {
		if r.err = readyNow(fd, r.events); r.err == nil {
			if r.events == unix.POLLOUT {
				r.n, r.err = unix.Write(fd, r.buf)
			} else {
				r.n, r.err = unix.Read(fd, r.buf)
			}
		}
		if r.err != unix.EINTR {
			break
		}
	}
	r.file, _ = identify(fd)
	_ = unix.Close(fd) // the close of the original has the error, if there is one
}

// runErrands takes in what errands have done.
func (e *Engine) runErrands() {
	for r := e.errands.popAll(); r != nil; r = r.next {
		switch l := e.lines.at(r.fd); r {
		case l.reader:
			l.reader = nil
			e.haveRead(l, r)
			e.advance(&l.reads)
			e.arm(r.fd)
		case l.writer:
			l.writer = nil
			e.haveWritten(l, r)
			e.advance(&l.writes)
			e.arm(r.fd)
		}
	}
}

// haveRead gives the first read in line what r has read, or keeps it for the next. The number
// may be another file's by now, whose read has nothing of it.
func (e *Engine) haveRead(l *line, r *errand) {
	var o *operation
	if l.reads.First != nil {
		o = l.reads.First.Value
		if file, ok := identify(r.fd); !ok || file != r.file {
			return
		}
	}
	switch {
	case r.err == unix.EAGAIN:
	case o != nil && r.err != nil:
		e.finish(o, backend.Failure(r.err))
	case o != nil && r.n <= 0:
		e.finish(o, 0)
	case r.err == nil && r.n > 0:
		l.left, l.leftOf = r.buf[:r.n], r.file
		e.leftovers = true
	}
}

// haveWritten goes on with the write that r was for, unless it was cancelled.
func (e *Engine) haveWritten(l *line, r *errand) {
	var o *operation
	if l.writes.First != nil {
		o = l.writes.First.Value
	}
	switch {
	case o == nil || o.phase != phaseErrandWrites || r.err == unix.EAGAIN:
	case r.err != nil && o.done == 0:
		e.finish(o, backend.Failure(r.err))
		return
	case r.err != nil:
		e.finish(o, o.done) // the next attempt meets the error again
		return
	default:
		if o.done += max(r.n, 0); o.done == o.size() {
			e.finish(o, o.done)
			return
		}
	}
	if o != nil && o.phase == phaseErrandWrites {
		o.phase = phaseNone
	}
}

// takeLeft gives o what an errand has read for a read that was cancelled.
func (e *Engine) takeLeft(o *operation) bool {
	if o.req.Op != backend.OpRead && o.req.Op != backend.OpReadV {
		return false
	}
	l := e.lines.at(o.req.FD)
	if l == nil || len(l.left) == 0 {
		return false
	}
	if file, ok := identify(o.req.FD); !ok || file != l.leftOf {
		l.left = nil // of an earlier descriptor of that number
		return false
	}
	into := [][]byte{o.req.Buf}
	if o.req.Msg != nil {
		into = o.req.Msg.Buffers
	}
	for _, p := range into {
		n := copy(p, l.left)
		l.left = l.left[n:]
		o.done += n
	}
	return true
}

// forget drops what belongs to a descriptor that is closed.
func (l *line) forget() {
	l.reader, l.writer, l.left = nil, nil, nil
}
