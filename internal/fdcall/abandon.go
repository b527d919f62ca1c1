package fdcall

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/proactor"
)

// submission hands a call to the proactor.
type submission func(w *Waiter, done proactor.Callback) error

// An abandonable is a call whose caller may leave before the kernel has
// answered. The caller or the answer, whichever comes last, gives the record back.
type abandonable struct {
	state  atomic.Uint32
	settle func(w *Waiter, r proactor.Result) // gives back what the kernel had or made, after an answer nobody waited for
}

// The states of an abandonable.
const (
	awaited uint32 = iota
	answered
	abandoned
)

// deliver is the callback. On an abandoned call it runs settle in the caller's place,
// which does not wait.
func (a *abandonable) deliver(c *proactor.Completion, r proactor.Result) {
	w := c.Data.(*Waiter)
	if a.state.CompareAndSwap(awaited, answered) {
		w.Tell(r)
		return
	}
	a.settle(w, r)
	w.on, w.under = nil, nil
	w.Engine.Waiters.Put(w)
}

// wait parks until the operation is complete, or until the caller has a reason
// not to wait any more. It reports whether the operation was left to itself; w
// is then not the caller's any more.
func (a *abandonable) wait(ctx context.Context, w *Waiter, passed, closed <-chan struct{}) (r proactor.Result, left bool) {
	var cause error
	hook.FlushUntil(w.Proactor, w.done)
	select {
	case <-w.done:
		return w.result(), false
	case <-ctx.Done():
		cause = EndOf(ctx)
	case <-passed:
		cause = ErrDeadlinePassed
	case <-closed:
		cause = ErrDescriptorClosed
	}
	hook.Abandon(w.Proactor, &w.C) // before w can be another call's
	if a.state.CompareAndSwap(awaited, abandoned) {
		return proactor.Result{Err: cause}, true
	}
	<-w.done
	if r = w.result(); r.Err != nil && errors.Is(r.Err, proactor.ErrCanceled) {
		r.Err = cause
	}
	return r, false
}

// OpenOrLeave is OpenAt for an abandonable file. A descriptor that comes too late is
// closed: by the proactor, where it hears in time that nobody waits, or else here.
func (s *Loops) OpenOrLeave(ctx context.Context, name string, flag int, mode uint32) (int, error) {
	a := &abandonable{settle: closeOpened}
	w, err := s.begin(ctx, proactor.AtCWD, func(w *Waiter) error {
		w.C.SetMayHang()
		return w.Proactor.OpenAt(&w.C, proactor.AtCWD, name, flag, mode, a.deliver)
	})
	if err != nil {
		return 0, err
	}
	r, left := a.wait(ctx, w, nil, nil)
	if left {
		return 0, &LeftError{r.Err}
	}
	s.giveBack(w)
	return r.N, r.Err
}

// closeOpened closes the descriptor that an abandoned open has made.
func closeOpened(w *Waiter, r proactor.Result) {
	if r.Err == nil {
		w.Engine.CloseUnwanted(r.N)
	}
}

// CloseUnwanted closes a descriptor that e has made and nobody takes. It does not wait.
func (e *Engine) CloseUnwanted(fd int) {
	// Refused only when the proactor is closed; a direct close does then.
	if err := e.Proactor.CloseFD(new(proactor.Completion), fd, nil); err != nil {
		_ = e.loop.Loops.CloseNow(fd)
	}
}
