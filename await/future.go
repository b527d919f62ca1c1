package await

import (
	"context"
	"sync"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/proactor"
)

// A Future is the handle of an operation that may not be complete yet. Several goroutines may
// call its methods at once. The buffer lent to the operation belongs to the kernel until Done is
// closed.
type Future[T any] struct {
	future
	value func(f *future) (T, error)
}

// Await waits for the operation and returns its result. If ctx ends first, Await cancels the
// operation and still waits for it to end. The result says whether it completed after all.
// Calling Await again returns the same result.
func (f *Future[T]) Await(ctx context.Context) (T, error) {
	if err := f.wait(ctx); err != nil {
		var none T
		return none, err
	}
	return f.value(&f.future)
}

// Pending is a future of any type.
type Pending interface {
	// Done is closed when the operation is complete.
	Done() <-chan struct{}

	// Cancel asks the operation to stop, and does not wait. It is a request:
	// what became of it is in the result. A descriptor that the operation
	// makes, or has made and nobody has taken with Await, is closed.
	Cancel()

	base() *future
}

// future is a Future without the type of its result.
type future struct {
	c    proactor.Completion
	e    *fdcall.Engine // nil: the submission was refused
	done chan struct{}  // closed at the end; made by the loop

	mu       sync.Mutex
	complete bool
	taken    bool // Await has returned the descriptor
	gaveUp   bool // Cancel was called on an operation that makes a descriptor
	makesFD  bool
	result   proactor.Result
	cause    *fdcall.CanceledError // the end of the context that cancelled it
	watchers []*watcher

	fd       int
	sleeps   bool // its errors are those of a sleep
	receives bool // nothing and no error may be an empty datagram
	datagram bool // it was; told before fd can be closed
}

func (f *future) base() *future { return f }

// Done is closed when the operation is complete.
func (f *future) Done() <-chan struct{} { return f.done }

// Cancel asks the operation to stop; see Pending.
func (f *future) Cancel() {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.e == nil:
	case !f.makesFD && !f.complete:
		f.e.Proactor.RequestCancel(&f.c)
	case f.makesFD && !f.complete:
		f.gaveUp = true
		hook.Abandon(f.e.Proactor, &f.c)
	case f.makesFD && !f.taken:
		f.giveUp()
	}
}

// giveUp closes the descriptor that nobody has taken.
func (f *future) giveUp() {
	if f.result.Err != nil {
		return
	}
	fd := f.result.N
	f.result = proactor.Result{Err: &proactor.OpError{Op: "result", FD: -1, Err: proactor.ErrCanceled}}
	f.e.CloseUnwanted(fd)
}

// finished is the callback of every future.
func finished(c *proactor.Completion, r proactor.Result) { c.Data.(*future).end(r) }

func (f *future) end(r proactor.Result) {
	f.mu.Lock()
	f.datagram = f.receives && r.N == 0 && r.Err == nil && f.e.System().IsDatagram(f.fd)
	if failed, ok := fdcall.WasCanceled(r); ok && f.cause != nil {
		r.Err = fdcall.EndedBy(failed, f.cause)
	}
	if f.sleeps {
		r.Err = fdcall.NameSleep(r.Err)
	}
	f.result = r
	f.complete = true
	if f.gaveUp {
		f.giveUp()
	}
	watchers := f.watchers
	f.watchers = nil
	f.mu.Unlock()
	close(f.done)
	for _, w := range watchers {
		w.notify(f)
	}
}

// wait parks until the end; it fails only on a nil context.
func (f *future) wait(ctx context.Context) error {
	if ctx == nil {
		return &proactor.OpError{Op: "await", FD: -1, Err: fdcall.ErrNilContext}
	}
	select {
	case <-f.done:
		return nil
	default:
	}
	select {
	case <-f.done:
		return nil
	case <-ctx.Done():
	}
	cause := fdcall.NewCanceled(ctx) // it is the caller's code, and the loop waits for the lock
	f.mu.Lock()
	if !f.complete && f.cause == nil { // the first context to end is the cause
		f.cause = cause
		f.e.Proactor.RequestCancel(&f.c)
	}
	f.mu.Unlock()
	<-f.done
	return nil
}

// get is the result, after done.
func (f *future) get() (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.taken = true
	return f.result.N, f.result.Err
}

// failed reports whether the operation ended with an error.
func (f *future) failed() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.result.Err
}

// refused is the done channel of futures whose submission was refused.
var refused = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// start submits the operation of f. A refused submission is a future that has
// failed.
func (io *IO) start(f *future, op string, fd int, submit submission) {
	f.c.Data = f
	f.fd = fd
	loop := io.loops.Of(fd) // no affinity: futures that one goroutine starts are best on one loop
	for {
		e, err := loop.Engine()
		if err != nil {
			f.refuse(&proactor.OpError{Op: op, FD: fd, Err: err})
			return
		}
		done, ok := fdcall.Take(context.Background(), e, &e.Signals)
		if !ok {
			continue // e has ended
		}
		f.e, f.done = e, done
		if err = submit(e.Proactor, &f.c); err == nil {
			return
		}
		e.Signals.Put(done)
		if err = e.Retry(context.Background(), new(fdcall.Route), err); err != nil {
			f.refuse(err)
			return
		}
	}
}

func (f *future) refuse(err error) {
	f.e, f.done, f.complete = nil, refused, true
	if f.sleeps {
		err = fdcall.NameSleep(err)
	}
	f.result = proactor.Result{Err: err}
}
