package await

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/proactor"
)

// All waits until all futures are complete. If one fails or ctx ends, it cancels the others, and
// still waits for them: when All returns, the kernel uses no buffer of theirs. The results are in
// the futures.
//
// The error is that of the first future to fail, or context.Cause if ctx ended first. It is nil
// if all have succeeded, even if ctx has ended.
func All(ctx context.Context, futures ...Pending) error {
	w, err := watch(ctx, futures, false)
	if w == nil {
		return err
	}
	ended := w.wait(ctx)
	first, failure := w.outcome()
	if first != nil || ended != nil {
		settle(futures, nil)
	}
	switch {
	case failure != nil:
		return failure
	case ended != nil && succeeded(futures):
		return nil // the end came too late
	}
	return ended
}

// succeeded reports whether no future has failed. All are complete.
func succeeded(futures []Pending) bool {
	return !slices.ContainsFunc(futures, func(f Pending) bool { return f.base().failed() != nil })
}

// Race waits until one of the futures is complete, cancels the others and waits for them to end.
// It returns the index of the first to complete. The results are in the futures. Another future
// may have completed too; if a loser opened a descriptor, the descriptor is closed.
//
// If ctx ends before any future is complete, Race cancels them all. It then returns -1 and
// context.Cause, unless one succeeded in spite of the cancel: then it returns that one's index.
// Without futures it returns -1 and an error that is os.ErrInvalid.
func Race(ctx context.Context, futures ...Pending) (int, error) {
	w, err := watch(ctx, futures, true)
	if err == nil && w == nil {
		err = &proactor.OpError{Op: "await", FD: -1, Err: errNoFutures}
	}
	if err != nil {
		return -1, err
	}
	ended := w.wait(ctx)
	first, _ := w.outcome()
	settle(futures, first)
	for i, f := range futures {
		if f.base() == first || first == nil && f.base().failed() == nil { // the end came too late for it
			return i, nil
		}
	}
	return -1, ended
}

// settle cancels all futures but winner and waits for all.
func settle(futures []Pending, winner *future) {
	for _, f := range futures {
		if f.base() != winner {
			f.Cancel()
		}
	}
	for _, f := range futures {
		<-f.Done()
	}
}

// A watcher waits for several futures on one channel.
type watcher struct {
	race bool
	done chan struct{}

	mu    sync.Mutex
	left  int     // futures not yet complete
	first *future // of a race, the first; else the first to fail
	ended bool
}

// watch registers a watcher. It returns nil where there is nothing to wait for,
// or not any more.
func watch(ctx context.Context, futures []Pending, race bool) (*watcher, error) {
	if ctx == nil {
		return nil, &proactor.OpError{Op: "await", FD: -1, Err: fdcall.ErrNilContext}
	}
	for _, f := range futures {
		if f == nil {
			return nil, &proactor.OpError{Op: "await", FD: -1, Err: errNilFuture}
		}
	}
	if len(futures) == 0 {
		return nil, nil
	}
	signal, err := signalOf(ctx, futures)
	if err != nil {
		settle(futures, nil)
		if !race && succeeded(futures) {
			err = nil
		}
		return nil, err
	}
	w := &watcher{race: race, left: len(futures), done: signal}
	for _, f := range futures {
		f.base().watch(w)
	}
	return w, nil
}

// signalOf is a channel made by the loop that will close it; where there is no
// loop any more, all futures are complete and the caller closes it. It fails only
// if ctx ends first.
func signalOf(ctx context.Context, futures []Pending) (chan struct{}, error) {
	for _, f := range futures {
		e := f.base().e
		if e == nil {
			continue
		}
		if c, ok := fdcall.Take(ctx, e, &e.Signals); ok {
			return c, nil
		}
		if ctx.Err() != nil {
			return nil, fdcall.EndOf(ctx)
		}
	}
	return make(chan struct{}), nil
}

// notify counts f, which is complete.
func (w *watcher) notify(f *future) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left--
	if w.ended {
		return
	}
	if w.race || f.failed() != nil {
		w.first = f
	}
	if w.first != nil || w.left == 0 {
		w.ended = true
		close(w.done)
	}
}

// wait parks until the watcher has seen enough, or ctx ends: then it returns why.
func (w *watcher) wait(ctx context.Context) error {
	select {
	case <-w.done:
		return nil
	default:
	}
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-w.done: // meanwhile
		return nil
	default:
		return fdcall.EndOf(ctx)
	}
}

// outcome is the future that decided, and its error.
func (w *watcher) outcome() (*future, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.first == nil {
		return nil, nil
	}
	return w.first, w.first.failed()
}

// errNoFutures refuses a race without runners; to errors.Is it is os.ErrInvalid.
var errNoFutures error = noFuturesError{}

type noFuturesError struct{}

func (noFuturesError) Error() string        { return "race of no futures" }
func (noFuturesError) Is(target error) bool { return target == os.ErrInvalid }

// errNilFuture refuses a nil among futures.
var errNilFuture = errors.New("nil future")

// watch has w notified when f is complete.
func (f *future) watch(w *watcher) {
	f.mu.Lock()
	if !f.complete {
		f.watchers = append(f.watchers, w)
		f.mu.Unlock()
		return
	}
	f.mu.Unlock()
	w.notify(f)
}
