package await

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/awaitio/awaitio/proactor"
)

// submission hands a call to the proactor.
type submission func(w *waiter, done proactor.Callback) error

// An abandonable is a call whose caller may leave before the kernel has
// answered. Whoever comes last, the caller or the answer, gives the record back.
type abandonable struct {
	state  atomic.Uint32
	settle func(w *waiter) // gives back what the kernel had, after an answer nobody waited for
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
	if a.settle != nil {
		a.settle(w)
	}
	w.e.waiters.put(w)
}

// wait parks until the operation is complete, or until the caller has a reason
// not to wait any more. It reports whether the operation was left to itself; w
// is then not the caller's any more.
func (a *abandonable) wait(ctx context.Context, w *waiter, passed, gone <-chan struct{}) (r proactor.Result, left bool) {
	var cause error
	w.p.FlushUntil(w.delivered)
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

// openOrLeave is OpenAt for an abandonable file. A descriptor that comes too
// late is closed by the proactor.
func (io *IO) openOrLeave(ctx context.Context, name string, flag int, mode uint32) (int, error) {
	a := new(abandonable)
	w, err := io.begin(ctx, proactor.AtCWD, func(w *waiter) error {
		w.c.SetMayHang()
		return w.p.OpenAt(&w.c, proactor.AtCWD, name, flag, mode, a.deliver)
	})
	if err != nil {
		return 0, err
	}
	r, left := a.wait(ctx, w, nil, nil)
	if !left {
		io.giveBack(w)
	}
	return r.N, r.Err
}
