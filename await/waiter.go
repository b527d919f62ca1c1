package await

import (
	"context"
	"errors"
	"net"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/proactor"
)

// A waiter is the record of one blocking call: the operation, the one-slot channel
// its goroutine parks on, and the result, which is there when the channel says so.
// It is used again only after the result was taken, so the loop never waits for a
// slow goroutine.
type waiter struct {
	c      proactor.Completion
	e      *engine
	p      *proactor.Proactor // e's
	done   chan struct{}
	result proactor.Result

	next, prev *waiter // among the calls under way on a descriptor, or in a syncList
	stays      uint16  // how many calls more before it goes home: see strays

	syncRound uint64 // which sync of a syncGroup it waits for; 0 for none
	syncsAll  bool   // it wants metadata on the device too

	owner any  // of an operation that nobody waits for at once: what its callback needs
	gone  bool // the descriptor was being closed when the callback took the call off it
}

func newWaiter(e *engine) *waiter {
	w := &waiter{e: e, p: e.p, done: make(chan struct{}, 1)}
	w.c.Data = w
	return w
}

// Delivered reports whether the result is there, so that wait would not park.
func (w *waiter) Delivered() bool { return len(w.done) > 0 }

// deliver is the callback of every blocking call.
func deliver(c *proactor.Completion, r proactor.Result) { c.Data.(*waiter).tell(r) }

// tell wakes the goroutine.
func (w *waiter) tell(r proactor.Result) {
	w.result = r
	w.done <- struct{}{}
}

// take is the result, once something came from done.
func (w *waiter) take() proactor.Result {
	r := w.result
	w.result = proactor.Result{}
	return r
}

// call is one blocking call: it submits, parks, and returns the result.
func (s *loopSet) call(ctx context.Context, op string, fd int, submit func(w *waiter) error) (int, error) {
	w, err := s.begin(ctx, fd, submit)
	if err != nil {
		if _, told := err.(*proactor.OpError); !told {
			err = &proactor.OpError{Op: op, FD: fd, Err: err}
		}
		return 0, err
	}
	r := w.wait(ctx)
	s.giveBack(w)
	return r.N, r.Err
}

// submit has submit start an operation with a record, until it is taken: by
// another engine where one was idle and has ended, and where there was no room
// when there is, in at. The error is submit's, or the bare cause of having no
// record.
func (l *ioLoop) submit(ctx context.Context, at place, submit func(w *waiter) error) (*waiter, error) {
	for {
		w, err := l.waiter(ctx, at)
		if err != nil {
			return nil, err
		}
		w.c.SetBatched() // wait flushes
		if err = submit(w); err == nil {
			return w, nil
		}
		e := w.e
		e.waiters.put(w)
		if err = e.retry(ctx, at, err); err != nil {
			return nil, err
		}
	}
}

// waiter takes a record for one call in at from the engine in use, or from a new one.
// It fails when ctx has ended or the IO is closed.
func (l *ioLoop) waiter(ctx context.Context, at place) (*waiter, error) {
	if ctx == nil {
		return nil, errNilContext
	}
	for {
		if ctx.Err() != nil {
			return nil, endOf(ctx)
		}
		if at.stays > 0 {
			if w := l.set.strays.take(); w != nil {
				return w, nil
			}
			l = l.set.next()
		}
		e, err := l.engine()
		if err != nil {
			return nil, err
		}
		if w, ok := takeFrom(ctx, e, &e.waiters); ok {
			w.stays = at.stays
			return w, nil
		}
		if ctx.Err() == nil {
			e.over.Store(true)
		}
	}
}

// retry returns nil if the submission refused with err is worth another try: the
// engine was idle and has ended, or there was no room and now is.
func (e *engine) retry(ctx context.Context, at place, err error) error {
	switch {
	case errors.Is(err, net.ErrClosed):
		e.over.Store(true)
		return nil // engine decides: another engine, or closed for good
	case errors.Is(err, proactor.ErrQueueFull):
		if roomErr := at.waitForRoom(ctx, e.p); roomErr == nil || errors.Is(roomErr, net.ErrClosed) {
			return nil
		}
		var failed *proactor.OpError
		if errors.As(err, &failed) {
			return &proactor.OpError{Op: failed.Op, FD: failed.FD, Target: failed.Target, Err: endOf(ctx)}
		}
	}
	return err
}

// wait parks until the operation is complete. When ctx ends first it asks for
// the operation to stop, and still waits: the kernel has the buffer until then.
func (w *waiter) wait(ctx context.Context) proactor.Result {
	if !w.Delivered() { // by another's flush
		hook.FlushUntil(w.p, w)
	}
	if ctx.Done() == nil {
		<-w.done
		return w.take()
	}
	return w.waitOrStop(ctx)
}

// waitOrStop is wait for a context that can end.
func (w *waiter) waitOrStop(ctx context.Context) proactor.Result {
	ended := ctx.Done()
	select {
	case <-w.done:
		return w.take()
	case <-ended:
	}
	w.p.RequestCancel(&w.c)
	<-w.done
	return withCause(w.take(), ctx)
}
