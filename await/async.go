package await

import (
	goio "io"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/proactor"
)

// Async has the calls of an IO as futures. They start at once and do not block, except to wait
// for room if Config.MaxQueued submissions are waiting. The comments on arguments and errors of a
// call apply to its future. If its arguments are refused, the future has failed. A buffer lent to
// an operation belongs to the kernel until its Done is closed.
type Async struct{ io *IO }

// Async returns the calls of io as futures.
func (io *IO) Async() Async { return Async{io} }

// A None is the result of an operation that only succeeds or fails.
type None = struct{}

// A submission submits the operation of a future to p, with c.
type submission = func(p *proactor.Proactor, c *proactor.Completion) error

// nothing starts an operation that only succeeds or fails. The results of this and the
// functions below are those of internal/opsgen's table.
func (a Async) nothing(op string, fd int, submit submission) *Future[None] {
	f := &Future[None]{value: (*future).none}
	a.io.start(&f.future, op, fd, submit)
	return f
}

func (a Async) count(op string, fd int, submit submission) *Future[int] {
	f := &Future[int]{value: (*future).get}
	a.io.start(&f.future, op, fd, submit)
	return f
}

func (a Async) received(op string, fd int, submit submission) *Future[int] {
	f := &Future[int]{value: (*future).read}
	f.receives = true
	a.io.start(&f.future, op, fd, submit)
	return f
}

func (a Async) bytesRead(op string, fd int, submit submission) *Future[int] {
	f := &Future[int]{value: (*future).read}
	a.io.start(&f.future, op, fd, submit)
	return f
}

func (a Async) descriptor(op string, fd int, submit submission) *Future[int] {
	f := &Future[int]{value: (*future).get}
	f.makesFD = true
	a.io.start(&f.future, op, fd, submit)
	return f
}

// none is the result of an operation that only succeeds or fails, after done.
func (f *future) none() (None, error) {
	_, err := f.get()
	return None{}, err
}

// read is the result of a receive or read, after done.
func (f *future) read() (int, error) {
	n, err := f.get()
	if n == 0 && err == nil && !f.datagram {
		err = goio.EOF
	}
	return n, err
}

// Statx is IO.Statx as a future; its result is the filled stat.
func (a Async) Statx(dirfd int, path string, flags int, mask uint32) *Future[proactor.Stat] {
	stat := new(proactor.Stat)
	f := &Future[proactor.Stat]{value: func(f *future) (proactor.Stat, error) {
		_, err := f.get()
		return *stat, err
	}}
	a.io.start(&f.future, "statx", dirfd, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.Statx(c, dirfd, path, flags, mask, stat, finished)
	})
	return f
}

// CloseFD is IO.CloseFD as a future. It cannot be cancelled.
func (a Async) CloseFD(fd int) *Future[None] {
	return a.nothing("close", fd, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.CloseFD(c, fd, finished)
	})
}

// Sleep is IO.Sleep as a future.
func (a Async) Sleep(d time.Duration) *Future[None] {
	f := &Future[None]{value: (*future).none}
	f.sleeps = true
	a.io.start(&f.future, fdcall.SleepName, -1, func(p *proactor.Proactor, c *proactor.Completion) error {
		return p.Timeout(c, d, finished)
	})
	return f
}
