package fdcall

import (
	"context"
	"sync"
)

// An affinity keeps the records of calls that any loop can serve, where there are many such
// calls: on no descriptor, or at an offset of a file. A caller stays with a loop for a while:
// that loop wakes it on its own processor, where the next call finds the record of the last one
// again. What two processors have to pass to each other for a call takes longer than the
// call.
type affinity struct {
	pool sync.Pool // of *Waiter, of all loops; it has a place for each processor
}

// How many calls are made with a record before its loop gets it back. The next record is then
// another loop's, or a loop that few began with would be left with few. A disk takes
// longer to answer than a loop that has too few, and is best asked by the same processor.
const (
	affinityCalls       = 64
	affinityCallsOnFile = 1024
)

// Reuse returns a record, or nil if there is none to stay with.
func (s *affinity) reuse() *Waiter {
	w, _ := s.pool.Get().(*Waiter)
	if w == nil || !w.reusable() {
		return nil
	}
	return w
}

// Reusable reports whether w is good for another call: its engine has not ended.
func (w *Waiter) reusable() bool {
	if w.Engine.stopped.Load() {
		return false
	}
	w.callsLeft--
	return true
}

// routeOf is where a call on fd, or on none, is made. Any loop is as good as another for
// one that is on none.
func (s *Loops) routeOf(fd int) Route {
	if fd < 0 && s.First().batching() {
		return Route{callsLeft: affinityCalls}
	}
	return Route{}
}

// Begin submits a call on fd, or on none; GiveBack takes its record when it has ended.
func (s *Loops) Begin(ctx context.Context, fd int, submit func(w *Waiter) error) (*Waiter, error) {
	return s.Of(fd).Submit(ctx, s.routeOf(fd), submit)
}

// GiveBack returns the record to its loop, or puts it where the next call finds it.
func (s *Loops) GiveBack(w *Waiter) {
	if w.callsLeft > 0 {
		s.affinity.pool.Put(w)
	} else {
		w.Engine.Waiters.Put(w)
	}
}
