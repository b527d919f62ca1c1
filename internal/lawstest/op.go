//go:build unix

package lawstest

import (
	"errors"
	"net"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// A operation is one submission.
type operation struct {
	l     *schedule
	name  string
	c     *proactor.Completion
	thing *thing
	buf   []byte
	legal []syscall.Errno // errors that the world may answer with
	also  []error         // and others

	since        time.Time
	deadline     time.Time // the earliest it ever had
	moved        bool
	asked        bool // to be canceled
	askedForSure bool // asked, and for certain
	abandoned    bool // in time
	timeless     bool // its timeout does not count
	target       *operation

	calls int
	at    time.Time
	r     proactor.Result
	end   func(f *operation)
}

// submit starts a flight, with a limit or without.
func (l *schedule) submit(f *operation, start func(c *proactor.Completion, callback proactor.Callback) error) bool {
	f.l, f.since, f.c = l, time.Now(), new(proactor.Completion)
	if n := len(l.free); n > 0 && l.chance.IntN(2) == 0 {
		f.c, l.free = l.free[n-1], l.free[:n-1]
	}
	if d := time.Duration(l.chance.Int64N(int64(20 * time.Millisecond))); l.chance.IntN(3) == 0 {
		if l.chance.IntN(5) == 0 {
			d = 0
		}
		if l.chance.IntN(2) == 0 {
			f.c.SetTimeout(d)
		} else {
			f.c.SetDeadline(f.since.Add(d))
		}
		if !f.timeless {
			f.deadline = f.since.Add(d)
		}
	}
	l.submitting.Store(true)
	err := start(f.c, f.done)
	l.submitting.Store(false)
	switch {
	case err == nil:
		l.ops = append(l.ops, f)
		l.owner[f.c] = f
		return true
	case l.config.MaxQueued > 0 && errors.Is(err, proactor.ErrQueueFull):
	case l.closing.Load() && errors.Is(err, proactor.ErrClosed):
	default:
		l.errorf("%s was refused: %v", f.name, err)
	}
	return false
}

// done is every callback.
func (f *operation) done(c *proactor.Completion, r proactor.Result) {
	l := f.l
	if !l.driven && l.submitting.Load() {
		l.errorf("%s: callback inside a submission", f.name)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f.calls, f.r, f.at = f.calls+1, r, time.Now()
	if c != f.c || f.calls > 1 {
		l.errorf("%s: %d callbacks", f.name, f.calls)
		return
	}
	l.calling = true
	defer func() { l.calling = false }()
	l.free = append(l.free, c)
	f.judge()
	if f.end != nil {
		f.end(f)
	}
	testutil.Poison(f.buf)
	switch n := l.chance.IntN(200); {
	case n == 0 && !l.driven:
		l.closing.Store(true)
		l.close()
	case n < 40 && !l.closing.Load() && !l.passive.Load():
		l.act()
	}
}

// judge holds the end of an operation against what happened to it.
func (f *operation) judge() {
	l, err := f.l, f.r.Err
	var op *proactor.OpError
	switch {
	case err == nil:
		return
	case f.r.N < 0 || !errors.As(err, &op):
		l.errorf("%s ended with %d, %v (%T)", f.name, f.r.N, err, err)
		return
	case isCanceled(err) && f.asked,
		isTimedOut(err) && !f.deadline.IsZero() && !f.at.Before(f.deadline),
		isClosed(err) && (l.closing.Load() || f.thing != nil && f.thing.closed):
		return
	}
	for _, errno := range slices.Concat(f.legal, l.injected) {
		if op.Err == errno {
			return
		}
	}
	if !slices.Contains(f.also, op.Err) {
		l.errorf("%s ended with %d, %v after %v, which nothing explains: %+v", f.name, f.r.N, err, f.at.Sub(f.since), f)
	}
}

func op(err error) error { return errors.Unwrap(err) }

func isCanceled(err error) bool {
	return errors.Is(err, proactor.ErrCanceled) && !errors.Is(err, os.ErrDeadlineExceeded)
}

func isTimedOut(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) && errors.Is(err, proactor.ErrCanceled)
}

func isClosed(err error) bool {
	return errors.Is(err, net.ErrClosed) && errors.Is(err, os.ErrClosed) && !errors.Is(err, proactor.ErrCanceled)
}
