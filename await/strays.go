package await

import "sync"

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

// stay reports whether w is good for another call. Otherwise it is gone, or home.
func (w *waiter) stay() bool {
	switch {
	case w.e.over.Load():
		return false
	case w.stays == 0:
		w.e.waiters.put(w)
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

// giveBack takes the record of a call on fd, or on none, that is over.
func (io *IO) giveBack(w *waiter) {
	if w.stays > 0 {
		io.first().strays.pool.Put(w)
	} else {
		w.e.waiters.put(w)
	}
}
