package fdcall

import (
	"context"
	"errors"
	"net"
	"runtime/trace"
	"strings"
	"time"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/list"
	"github.com/awaitio/awaitio/internal/pulse"
	"github.com/awaitio/awaitio/proactor"
)

// A Waiter is the record of one blocking call: the operation, the channel with room for one value on
// which its goroutine parks, and the result, which is set before the channel has its value. The record
// is reused only after the result was received, so the send never blocks the loop.
type Waiter struct {
	C        proactor.Completion
	Engine   *Engine
	Proactor *proactor.Proactor // Engine's
	done     chan struct{}
	res      proactor.Result
	handed   time.Duration // pulse.Now when the result was set, for one in handoversSampled; else 0

	node      list.Node[Waiter] // among the calls under way on a descriptor, or in a syncList
	underWay  bool              // node is among the calls of a descriptor, until Descriptor.Leave
	closing   bool              // the descriptor was being closed at Descriptor.Leave
	left      bool              // the caller has left the call
	held      bool              // the caller would leave it, but the kernel has memory of the caller's
	syncsAll  bool              // the caller wants metadata on the device too: see SyncGroup
	results   uint8             // how many results it has had, modulo 256
	callsLeft uint16            // after how many more calls the loop gets the record back: see Route
	syncRound uint64            // the round of a SyncGroup that it waits for; 0: none

	on    *Descriptor     // that the call is on, or nil; for lists of operations
	under context.Context // of the call; for lists of operations
	ended <-chan struct{} // of that context, asked for before the call began: the context may panic

	Owner any // what the callback of an operation needs that no goroutine waits for
}

func newWaiter(e *Engine) *Waiter {
	w := &Waiter{Engine: e, Proactor: e.Proactor, done: make(chan struct{}, 1), results: e.handovers.first()}
	hook.SetOwner(&w.C, w)
	return w
}

// Owned returns what the call is on, and its context. Only the loop calls it, while it has the call.
func (w *Waiter) Owned() (on hook.Named, ctx context.Context) {
	if w.on != nil {
		on = w.on
	}
	return on, w.under
}

// Delivered reports whether the result has arrived, so that Wait would not park.
func (w *Waiter) Delivered() bool { return len(w.done) > 0 }

// Deliver is the callback of every blocking call.
func Deliver(c *proactor.Completion, r proactor.Result) {
	w := c.Data.(*Waiter)
	if w.results++; w.results%handoversSampled == 0 {
		w.handed = pulse.Now()
	}
	w.Tell(r)
}

// Tell delivers a result that does not come from the proactor.
func (w *Waiter) Tell(r proactor.Result) {
	w.res = r
	w.done <- struct{}{} // has room: see Waiter
}

// result returns the result and clears it. Call it after receiving from done.
func (w *Waiter) result() proactor.Result {
	if w.handed != 0 {
		w.Engine.handovers.note(w.handed)
		w.handed = 0
	}
	r := w.res
	w.res, w.on, w.under, w.ended = proactor.Result{}, nil, nil, nil
	return r
}

// Call makes one blocking call on a number or on none: it submits, parks, and returns the result.
func (s *Loops) Call(ctx context.Context, op string, fd int, submit func(w *Waiter) error) (int, error) {
	w, err := s.begin(ctx, fd, submit)
	if err != nil {
		if _, isOp := err.(*proactor.OpError); !isOp {
			err = &proactor.OpError{Op: op, FD: fd, Err: err}
		}
		return 0, err
	}
	r := w.Wait(ctx)
	s.giveBack(w)
	return r.N, r.Err
}

// submit takes a record for a call by the route at, and calls submit to start the operation. It retries
// on a new engine if the old one has ended because it was idle, on the loop of the calls under way if
// they must share it, and after waiting if the queue was full. The error is that of submit, for a
// descriptor only its cause, or the cause for which there is no record.
func (s *Loops) submit(ctx context.Context, at *Route, submit func(w *Waiter) error) (*Waiter, error) {
	if ctx == nil {
		return nil, at.refused(ErrNilContext)
	}
	ended := ctx.Done()
	for {
		w, err := s.waiter(ctx, at)
		if err != nil {
			return nil, at.refused(err)
		}
		w.C.SetBatched() // Wait flushes
		w.under, w.ended = ctx, ended
		if at.D != nil {
			err = at.D.submit(w, at.among, submit)
		} else {
			err = submit(w)
		}
		if err == nil {
			return w, nil
		}
		w.on, w.under, w.ended = nil, nil, nil
		e := w.Engine
		e.Waiters.Put(w)
		if other, ok := err.(*joinError); ok {
			at.loop = other.loop
		} else if err = e.Retry(ctx, at, err); err != nil {
			return nil, at.refused(err)
		}
	}
}

// refused is the error of a call that cannot be made.
func (at *Route) refused(err error) error {
	if _, isOp := err.(*proactor.OpError); isOp && at.D != nil {
		return CauseOf(err)
	}
	return err
}

// Waiter takes a record from the engine in use, or from a new one. It fails if ctx has ended or the IO
// is closed.
func (l *Loop) Waiter(ctx context.Context) (*Waiter, error) {
	if ctx == nil {
		return nil, ErrNilContext
	}
	for {
		if ctx.Err() != nil {
			return nil, EndOf(ctx)
		}
		e, err := l.engineFor(ctx)
		if err != nil {
			return nil, err
		}
		if w, ok := Take(ctx, e, &e.Waiters); ok {
			w.callsLeft = 0
			return w, nil
		}
	}
}

// Retry returns nil if a submission that was refused with err should be tried again: the engine has
// ended because it was idle, or there was no room and now there is.
func (e *Engine) Retry(ctx context.Context, at *Route, err error) error {
	switch {
	case errors.Is(err, net.ErrClosed):
		e.stop()
		return nil // Loop.Engine decides: another engine, or closed for good
	case errors.Is(err, proactor.ErrQueueFull):
		if roomErr := at.waitForRoom(ctx, e.Proactor); roomErr == nil || errors.Is(roomErr, net.ErrClosed) {
			return nil
		}
		var failed *proactor.OpError
		if errors.As(err, &failed) {
			return &proactor.OpError{Op: failed.Op, FD: failed.FD, Target: failed.Target, Err: EndOf(ctx)}
		}
	}
	return err
}

// Wait parks until the operation is complete. If ctx ends first, it asks the proactor to stop the
// operation and goes on waiting, because the kernel still has the buffer.
func (w *Waiter) Wait(ctx context.Context) proactor.Result {
	if len(w.done) == 0 { // else another goroutine's flush has completed it
		hook.FlushUntil(w.Proactor, w.done)
	}
	if trace.IsEnabled() && w.on != nil && len(w.done) == 0 {
		return w.waitTraced(ctx)
	}
	return w.wait(ctx)
}

func (w *Waiter) wait(ctx context.Context) proactor.Result {
	if w.ended != nil {
		return w.waitOrStop(ctx)
	}
	<-w.done
	return w.result()
}

// waitTraced is wait for a call on a descriptor while runtime/trace is on.
func (w *Waiter) waitTraced(ctx context.Context) proactor.Result {
	defer startRegion(ctx, hook.OpName(&w.C), w.on).End()
	return w.wait(ctx)
}

// startRegion begins the region of a wait while runtime/trace is on. The region has the operation's
// name; its target is logged.
func startRegion(ctx context.Context, op string, on *Descriptor) *trace.Region {
	target, label := on.Name()
	trace.Log(ctx, "await", strings.TrimSpace(op+" "+target+" "+label))
	return trace.StartRegion(ctx, "await "+op)
}

// waitOrStop is Wait for a context that can end.
func (w *Waiter) waitOrStop(ctx context.Context) proactor.Result {
	select {
	case <-w.done:
		return w.result()
	case <-w.ended:
	}
	w.Proactor.RequestCancel(&w.C)
	<-w.done
	return withCause(w.result(), ctx)
}
