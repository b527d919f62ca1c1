package await

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/proactor"
)

// submission hands a call to the proactor.
type submission func(w *waiter, done proactor.Callback) error

// An abandonable is a call whose caller may leave before the kernel has
// answered. Whoever comes last, the caller or the answer, gives the record back.
type abandonable struct {
	state  atomic.Uint32
	settle func(w *waiter, r proactor.Result) // gives back what the kernel had or made, after an answer nobody waited for
}

const (
	awaited uint32 = iota
	answered
	abandoned
)

// deliver is the callback. On an abandoned call it runs what the caller would
// have, none of which waits.
func (a *abandonable) deliver(c *proactor.Completion, r proactor.Result) {
	w := c.Data.(*waiter)
	if a.state.CompareAndSwap(awaited, answered) {
		w.tell(r)
		return
	}
	a.settle(w, r)
	w.e.waiters.put(w)
}

// wait parks until the operation is complete, or until the caller has a reason
// not to wait any more. It reports whether the operation was left to itself; w
// is then not the caller's any more.
func (a *abandonable) wait(ctx context.Context, w *waiter, passed, gone <-chan struct{}) (r proactor.Result, left bool) {
	var cause error
	hook.FlushUntil(w.p, w)
	select {
	case <-w.done:
		return w.take(), false
	case <-ctx.Done():
		cause = endOf(ctx)
	case <-passed:
		cause = errDeadlinePassed
	case <-gone:
		cause = errDescriptorClosed
	}
	w.p.Abandon(&w.c) // before w can be another call's
	if a.state.CompareAndSwap(awaited, abandoned) {
		return proactor.Result{Err: cause}, true
	}
	<-w.done
	if r = w.take(); r.Err != nil && errors.Is(r.Err, proactor.ErrCanceled) {
		r.Err = cause
	}
	return r, false
}

// openOrLeave is OpenAt for an abandonable file. A descriptor that comes too late is
// closed: by the proactor, where it hears in time that nobody waits, or else here.
func (s *loopSet) openOrLeave(ctx context.Context, name string, flag int, mode uint32) (int, error) {
	a := &abandonable{settle: closeOpened}
	w, err := s.begin(ctx, proactor.AtCWD, func(w *waiter) error {
		w.c.SetMayHang()
		return w.p.OpenAt(&w.c, proactor.AtCWD, name, flag, mode, a.deliver)
	})
	if err != nil {
		return 0, err
	}
	r, left := a.wait(ctx, w, nil, nil)
	if !left {
		s.giveBack(w)
	}
	return r.N, r.Err
}

// closeOpened closes what an open has made after all.
func closeOpened(w *waiter, r proactor.Result) {
	if r.Err == nil {
		closeUnwanted(w.p, r.N)
	}
}

// closeUnwanted closes a descriptor that p has made and nobody takes. It does not wait.
func closeUnwanted(p *proactor.Proactor, fd int) {
	// Refused only when the proactor is closed; a direct close does then.
	if err := p.CloseFD(new(proactor.Completion), fd, nil); err != nil {
		_ = closeNow(fd)
	}
}
