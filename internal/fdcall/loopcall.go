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

// A loopCall is a lent transfer that a loop makes. The caller or the answer, whichever comes last, ends
// the transfer and gives the records back.
type loopCall struct {
	lentTransfer
	state   atomic.Uint32 // awaited, answered or abandoned
	queued  QueuedCall    // hears what ends the call
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

// recycle gives c back, which nobody has any more.
func (c *loopCall) recycle() {
	c.lentTransfer, c.queued = lentTransfer{}, QueuedCall{}
	c.pool.Put(c)
}

// start submits the transfer.
func (c *loopCall) start(ctx context.Context, l lentTransfer) (*Waiter, error) {
	c.lentTransfer = l
	c.state.Store(awaited)
	c.queued = QueuedCall{
		Ctx: ctx, Dir: l.t.Dir, On: [2]*Descriptor{l.d}, underWay: true, ending: l.d.Loop.Loops.ending(), atEnd: l.t.AtEnd,
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

// delivered is the callback. In place of a caller that has left it ends the transfer.
func (c *loopCall) delivered(of *proactor.Completion, r proactor.Result) {
	w := of.Data.(*Waiter)
	if c.state.CompareAndSwap(awaited, answered) {
		w.Tell(r)
		return
	}
	if errors.Is(r.Err, hook.ErrKept) { // its end will not be told
		c.d.Loop.Begin(Outside{
			Op: c.t.Dir.Op(), State: proactor.StateLeft, On: c.d, Dir: c.t.Dir, Size: len(c.t.P), Off: c.t.Off, since: hook.Since(w.Proactor, of),
		})
	}
	c.d.Leave(w, c.t.Dir)
	c.late(r.N, r.Err)
	w.on, w.under = nil, nil
	if !errors.Is(r.Err, hook.ErrKept) {
		w.Engine.Waiters.Put(w)
	}
	c.recycle()
}

// wait parks until the transfer is complete, or until its caller leaves it: then neither c nor w
// is the caller's any more, and the error is why.
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
		if r = w.result(); c.queued.grace.begun() { // Pending.End has stopped it
			r = stopped(r, c.queued.endCause())
		}
		c.queued.leave()
		return r, false
	case <-ctx.Done():
		cause = EndOf(ctx)
	case <-c.queued.ended[0]:
		cause = c.queued.cause()
	case <-c.queued.ending:
		cause = proactor.ErrClosed
	}
	return c.end(w, cause)
}

// end stops the transfer, and leaves it if it does not stop and has nothing of the caller's.
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
		if c.queued.atEnd != nil {
			c.queued.atEnd(true)
		}
	case c.d.leaveCall(c, w):
		return proactor.Result{Err: &LeftError{cause}}, true
	}
	<-w.done
	return stopped(w.result(), cause), false
}

// stopped is r with cause in place of the proactor's word for an operation that was stopped.
func stopped(r proactor.Result, cause error) proactor.Result {
	if r.Err != nil && errors.Is(r.Err, proactor.ErrCanceled) {
		r.Err = cause
	}
	return r
}

// leaveCall leaves c to the kernel. It reports false if the answer is there.
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

// hold counts a call past its end that waits, since the kernel has its caller's memory.
func (d *Descriptor) hold(w *Waiter) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if w.underWay && !w.held {
		w.held = true
		d.Loop.Loops.held.Add(1)
	}
}
