package await

import (
	"context"
	"sync"
)

// Strays are records of calls that any loop can serve, where there are many such calls: on
// no descriptor, or at an offset of a file. A caller stays with a loop for a while: that
// loop wakes it on its own processor, where the next call finds the record of the last one
// again. What two processors have to pass to each other for a call takes longer than the
// call.
type strays struct {
	pool sync.Pool // of *waiter, of all loops; it has a place for each processor
}

// How many calls are made with a record before it goes home. The next record is then
// another loop's, or a loop that few began with would be left with few. A disk takes
// longer to answer than a loop that has too few, and is best asked by the same processor.
const (
	staysMax       = 64
	staysMaxOnFile = 1024
)

// take returns a record, or nil if there is none to stay with.
func (s *strays) take() *waiter {
	w, _ := s.pool.Get().(*waiter)
	if w == nil || !w.stay() {
		return nil
	}
	return w
}

// stay reports whether w is good for another call: its engine has not ended.
func (w *waiter) stay() bool {
	if w.e.over.Load() {
		return false
	}
	w.stays--
	return true
}

// placeOf is where a call on fd, or on none, is made. Any loop is as good as another for
// one that is on none.
func (s *loopSet) placeOf(fd int) place {
	if fd < 0 && s.first().crowded() {
		return place{stays: staysMax}
	}
	return place{}
}

// begin submits a call on fd, or on none; giveBack takes its record when it is over.
func (s *loopSet) begin(ctx context.Context, fd int, submit func(w *waiter) error) (*waiter, error) {
	return s.of(fd).submit(ctx, s.placeOf(fd), submit)
}

// giveBack sends the record home, or to where the next call finds it.
func (s *loopSet) giveBack(w *waiter) {
	if w.stays > 0 {
		s.strays.pool.Put(w)
	} else {
		w.e.waiters.put(w)
	}
}
