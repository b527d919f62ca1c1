package await

import (
	"context"
	"sync"
)

// Strays are records of calls on no descriptor, which any loop can serve, where there are
// many such calls. A caller stays with a loop for a while: that loop wakes it on its own
// processor, where the next call finds the record of the last one again. What two
// processors have to pass to each other for a call takes longer than the call.
type strays struct {
	pool sync.Pool // of *waiter, of all loops; it has a place for each processor
}

// staysMax is how many calls are made with a record before it goes home. The next record
// is then another loop's, or a loop that few began with would be left with few.
const staysMax = 64

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

// anywhere reports whether any loop is as good as another for a call on fd: it is on no
// descriptor, and operations of the first loop end several at a time.
func (io *IO) anywhere(fd int) bool {
	if fd >= 0 || io.loops == nil {
		return false
	}
	e := io.first().current.Load()
	return e != nil && e.p.Crowded()
}

// nextLoop is one loop after the other.
func (io *IO) nextLoop() *IO {
	return io.loops[io.first().served.Add(1)%uint32(len(io.loops))]
}

// begin submits a call on fd, or on none; giveBack takes its record when it is over.
func (io *IO) begin(ctx context.Context, fd int, submit func(w *waiter) error) (*waiter, error) {
	return io.of(fd).submit(ctx, place{anywhere: io.anywhere(fd)}, submit)
}

// giveBack sends the record home, or to where the next call finds it.
func (io *IO) giveBack(w *waiter) {
	if w.stays > 0 {
		io.first().strays.pool.Put(w)
	} else {
		w.e.waiters.put(w)
	}
}
