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

// A Waiter is the record of one blocking call: the operation, the one-slot channel
// its goroutine parks on, and the result, which is there when the channel says so.
// It is used again only after the result was taken, so the loop never waits for a
// slow goroutine.
type Waiter struct {
	C        proactor.Completion
	Engine   *Engine
	Proactor *proactor.Proactor // Engine's
	done     chan struct{}
	res      proactor.Result
	handed   time.Duration // when the result was, by pulse.Now, of one in handoversSampled; 0 for others

	node      list.Node[Waiter] // among the calls under way on a descriptor, or in a syncList
	underWay  bool              // it is among those of a descriptor, until Descriptor.Leave
	closing   bool              // the descriptor was being closed then
	left      bool              // its caller has left it
	held      bool              // its caller would leave it, and the kernel has the caller's memory
	syncsAll  bool              // it wants metadata on the device too, of the sync that it waits for
	results   uint8             // how many it has had, modulo 256
	callsLeft uint16            // how many calls more before its loop gets it back: see Route
	syncRound uint64            // which sync of a syncGroup it waits for; 0 for none

	on    *Descriptor     // what the call is made on, if it is one
	under context.Context // the call's; both for those who look at what is under way

	Owner any // of an operation that nobody waits for at once: what its callback needs
}

func newWaiter(e *Engine) *Waiter {
	w := &Waiter{Engine: e, Proactor: e.Proactor, done: make(chan struct{}, 1), results: e.handovers.first()}
	hook.SetOwner(&w.C, w)
	return w
}

// Owned is what the call is made on, and its context. The loop asks while it has the call.
func (w *Waiter) Owned() (on hook.Named, ctx context.Context) {
	if w.on != nil {
		on = w.on
	}
	return on, w.under
}

// Delivered reports whether the result is there, so that Wait would not park.
func (w *Waiter) Delivered() bool { return len(w.done) > 0 }

// Deliver is the callback of every blocking call.
func Deliver(c *proactor.Completion, r proactor.Result) {
	w := c.Data.(*Waiter)
	if w.results++; w.results%handoversSampled == 0 {
		w.handed = pulse.Now()
	}
	w.Tell(r)
}

// Tell is Deliver by another than the proactor.
func (w *Waiter) Tell(r proactor.Result) {
	w.res = r
	w.done <- struct{}{} // has room: see Waiter
}

// result is the result, once something came from done.
func (w *Waiter) result() proactor.Result {
	if w.handed != 0 {
		w.Engine.handovers.note(w.handed)
		w.handed = 0
	}
	r := w.res
	w.res, w.on, w.under = proactor.Result{}, nil, nil
	return r
}

// Call is one blocking call: it submits, parks, and returns the result.
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

// submit takes a record for a call in at, and has submit start the operation. It tries
// again on a new engine if the engine was idle and has ended, on the loop of the calls
// under way if there are some, and after a wait if the queue was full. The error is
// submit's, without the proactor's words if the call is on a descriptor, or the bare cause of
// having no record.
func (s *Loops) submit(ctx context.Context, at *Route, submit func(w *Waiter) error) (*Waiter, error) {
	for {
		w, err := s.waiter(ctx, at)
		if err != nil {
			return nil, at.refused(err)
		}
		w.C.SetBatched() // Wait flushes
		w.under = ctx
		if at.D != nil {
			err = at.D.submit(w, at.among, submit)
		} else {
			err = submit(w)
		}
		if err == nil {
			return w, nil
		}
		w.on, w.under = nil, nil
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

// Waiter takes a record from the engine in use, or from a new one. It fails when ctx has
// ended or the IO is closed.
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

// Retry returns nil if the submission refused with err is worth another try: the
// engine was idle and has ended, or there was no room and now is.
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

// Wait parks until the operation is complete. When ctx ends first it asks for
// the operation to stop, and still waits: the kernel has the buffer until then.
func (w *Waiter) Wait(ctx context.Context) proactor.Result {
	if len(w.done) == 0 { // it may be there by another's flush
		hook.FlushUntil(w.Proactor, w.done)
	}
	if trace.IsEnabled() && w.on != nil && len(w.done) == 0 {
		return w.waitTraced(ctx)
	}
	return w.wait(ctx)
}

func (w *Waiter) wait(ctx context.Context) proactor.Result {
	if ctx.Done() != nil {
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

// startRegion begins the region of a wait, with the operation's name, while runtime/trace is on. Its
// target is logged.
func startRegion(ctx context.Context, op string, on *Descriptor) *trace.Region {
	target, label := on.Name()
	trace.Log(ctx, "await", strings.TrimSpace(op+" "+target+" "+label))
	return trace.StartRegion(ctx, "await "+op)
}

// waitOrStop is Wait for a context that can end.
func (w *Waiter) waitOrStop(ctx context.Context) proactor.Result {
	ended := ctx.Done()
	select {
	case <-w.done:
		return w.result()
	case <-ended:
	}
	w.Proactor.RequestCancel(&w.C)
	<-w.done
	return withCause(w.result(), ctx)
}
