package fdcall

import (
	"context"
	"errors"
	"runtime/trace"
	"sync"
	"sync/atomic"
	"time"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/proactor"
)

// A loopCall is a lentTransfer that a loop makes. Its state says who finishes it:
//
//	awaited --> answered    the caller, with the result
//	     \----> abandoned   the callback, because the caller has left
type loopCall struct {
	lentTransfer
	state   atomic.Uint32
	queued  QueuedCall // hears what ends the call
	deliver proactor.Callback
	pool    *sync.Pool
}

func newLoopCall(s *Loops) *loopCall {
	if c, ok := s.loopCalls.Get().(*loopCall); ok {
		return c
	}
	c := &loopCall{pool: &s.loopCalls}
	c.deliver = c.delivered
	return c
}

// recycle returns c to the pool. No one else may have it.
func (c *loopCall) recycle() {
	c.lentTransfer, c.queued = lentTransfer{}, QueuedCall{}
	c.pool.Put(c)
}

// start submits the transfer.
func (c *loopCall) start(ctx context.Context, l lentTransfer) (*Waiter, error) {
	c.lentTransfer = l
	c.state.Store(awaited)
	c.queued = QueuedCall{
		Ctx: ctx, Dir: l.t.Dir, On: [2]*Descriptor{l.d}, underWay: true, ending: l.d.Loop.Loops.ending(), batch: l.t.Batch,
		done: c.queued.done,
	}
	if err := c.queued.enter(); err != nil {
		return nil, err
	}
	w, err := l.d.start(ctx, l.t.Dir, l.t.Off, func(w *Waiter) error {
		if l.d.Lending == LendAlways {
			w.C.SetMayHang()
		}
		return c.t.submit(w, c.d.FD, c.deliver)
	})
	if err != nil {
		c.queued.leave()
	}
	return w, err
}

// delivered is the callback. It wakes the caller, or finishes the transfer if the caller has left.
func (c *loopCall) delivered(of *proactor.Completion, r proactor.Result) {
	w := of.Data.(*Waiter)
	if c.state.CompareAndSwap(awaited, answered) {
		w.Tell(r)
		return
	}
	if errors.Is(r.Err, hook.ErrKept) { // no other callback will come: list it for good
		c.d.Loop.Begin(Outside{
			Op: c.t.Dir.Op(), State: proactor.StateLeft, On: c.d, Dir: c.t.Dir, Size: len(c.t.P), Off: c.t.Off, since: hook.Since(w.Proactor, of),
		})
	}
	c.d.Leave(w, c.t.Dir)
	c.late(r.N, r.Err)
	w.on, w.under, w.ended = nil, nil, nil
	if !errors.Is(r.Err, hook.ErrKept) {
		w.Engine.Waiters.Put(w)
	}
	c.recycle()
}

// wait parks until the transfer is complete, or until the caller leaves it. If left is true, the
// caller must not touch c and w any more, and r.Err is a *LeftError.
func (c *loopCall) wait(ctx context.Context, w *Waiter) (r proactor.Result, left bool) {
	if len(w.done) == 0 {
		hook.FlushUntil(w.Proactor, w.done)
	}
	if trace.IsEnabled() && len(w.done) == 0 {
		defer startRegion(ctx, hook.OpName(&w.C), c.d).End()
	}
	var cause error
	select {
	case <-w.done:
		if r = w.result(); c.queued.grace.begun() { // Pending.Stop has stopped it
			r = stopped(r, c.queued.endCause())
		}
		c.queued.leave()
		return r, false
	case <-c.queued.done:
		cause = EndOf(ctx)
	case <-c.queued.ended[0]:
		cause = c.queued.cause()
	case <-c.queued.ending:
		cause = proactor.ErrClosed
	}
	return c.end(w, cause)
}

// end asks the proactor to stop the transfer, and waits for the grace. Then it leaves the transfer, or
// goes on waiting if the kernel has memory of the caller's.
func (c *loopCall) end(w *Waiter, cause error) (r proactor.Result, left bool) {
	if c.queued.beginGrace() {
		w.Proactor.RequestCancel(&w.C)
	}
	c.queued.leave()
	grace := time.NewTimer(c.queued.grace.left())
	defer grace.Stop()
	select {
	case <-w.done:
		return stopped(w.result(), cause), false
	case <-grace.C:
	}
	switch {
	case !c.canLeave():
		c.d.hold(w)
		if c.queued.batch != nil {
			c.queued.batch.Hold()
		}
	case c.d.leaveCall(c, w):
		return proactor.Result{Err: &LeftError{cause}}, true
	}
	<-w.done
	return stopped(w.result(), cause), false
}

// stopped returns r with cause instead of proactor.ErrCanceled.
func stopped(r proactor.Result, cause error) proactor.Result {
	if r.Err != nil && errors.Is(r.Err, proactor.ErrCanceled) {
		r.Err = cause
	}
	return r
}

// leaveCall leaves c to the kernel. It returns false if the result has arrived.
func (d *Descriptor) leaveCall(c *loopCall, w *Waiter) bool {
	hook.Abandon(w.Proactor, &w.C) // before w can be another call's
	d.mu.Lock()
	defer d.mu.Unlock()
	if !c.state.CompareAndSwap(awaited, abandoned) {
		return false
	}
	w.left = true // delivered waits for the lock
	d.leftCalls++
	d.Loop.Loops.lanes.left.Add(1)
	d.signalClose()
	return true
}

// hold counts a call that has ended but must wait, because the kernel has memory of its caller's.
func (d *Descriptor) hold(w *Waiter) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if w.underWay && !w.held {
		w.held = true
		d.Loop.Loops.held.Add(1)
	}
}
