package fdcall

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/proactor"
)

// The states of an operation that its caller may leave: a loopCall or an opening.
const (
	awaited uint32 = iota
	answered
	abandoned
)

// An opening is an open whose caller may leave before the kernel has answered. If the caller leaves, the
// callback returns the record to the free list.
type opening struct{ state atomic.Uint32 }

// OpenOrLeave opens a file whose open may wait for its other end, such as a FIFO, on a backend that
// cannot stop it. A descriptor that comes after the caller has left is closed: by the proactor if it
// knows in time, otherwise by the callback.
func (s *Loops) OpenOrLeave(ctx context.Context, name string, flag int, mode uint32) (int, error) {
	o := new(opening)
	w, err := s.begin(ctx, proactor.AtCWD, func(w *Waiter) error {
		w.C.SetMayHang()
		return w.Proactor.OpenAt(&w.C, proactor.AtCWD, name, flag, mode, o.deliver)
	})
	if err != nil {
		return 0, err
	}
	r, left := o.wait(ctx, w)
	if left {
		return 0, &LeftError{r.Err}
	}
	s.giveBack(w)
	return r.N, r.Err
}

// deliver is the callback. If the caller has left, it closes what was opened, which does not wait.
func (o *opening) deliver(c *proactor.Completion, r proactor.Result) {
	w := c.Data.(*Waiter)
	if o.state.CompareAndSwap(awaited, answered) {
		w.Tell(r)
		return
	}
	if r.Err == nil {
		w.Engine.CloseUnwanted(r.N)
	}
	w.on, w.under, w.ended = nil, nil, nil
	if !errors.Is(r.Err, hook.ErrKept) {
		w.Engine.Waiters.Put(w)
	}
}

// wait parks until the open is complete or ctx ends. If left is true, the open was left to the kernel,
// and the caller must not touch w any more.
func (o *opening) wait(ctx context.Context, w *Waiter) (r proactor.Result, left bool) {
	hook.FlushUntil(w.Proactor, w.done)
	select {
	case <-w.done:
		return w.result(), false
	case <-w.ended:
	}
	hook.Abandon(w.Proactor, &w.C) // before w can be another call's
	if o.state.CompareAndSwap(awaited, abandoned) {
		return proactor.Result{Err: EndOf(ctx)}, true
	}
	<-w.done
	return stopped(w.result(), EndOf(ctx)), false
}

// CloseUnwanted closes a descriptor that no caller wants any more. It does not wait.
func (e *Engine) CloseUnwanted(fd int) {
	// The proactor refuses only if it is closed; then close(2) is called here.
	if err := e.Proactor.CloseFD(new(proactor.Completion), fd, nil); err != nil {
		_ = e.loop.Loops.CloseNow(fd)
	}
}
