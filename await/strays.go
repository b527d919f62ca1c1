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
func (io *IO) placeOf(fd int) place {
	if fd < 0 && io.first().crowded() {
		return place{stays: staysMax}
	}
	return place{}
}

// crowded reports whether there are other loops, and operations of this one end several
// at a time.
func (io *IO) crowded() bool {
	if io.loops == nil {
		return false
	}
	e := io.current.Load()
	return e != nil && e.p.Crowded()
}

// waitsInKernel reports whether no call waits on a thread of ours.
func (io *IO) waitsInKernel() bool {
	chosen := io.first().backend.Load()
	return chosen != nil && chosen.name == backendRing
}

// nextLoop is one loop after the other.
func (io *IO) nextLoop() *IO {
	return io.loops[io.first().served.Add(1)%uint32(len(io.loops))]
}

// begin submits a call on fd, or on none; giveBack takes its record when it is over.
func (io *IO) begin(ctx context.Context, fd int, submit func(w *waiter) error) (*waiter, error) {
	return io.of(fd).submit(ctx, io.placeOf(fd), submit)
}

// giveBack sends the record home, or to where the next call finds it.
func (io *IO) giveBack(w *waiter) {
	if w.stays > 0 {
		io.first().strays.pool.Put(w)
	} else {
		w.e.waiters.put(w)
	}
}
