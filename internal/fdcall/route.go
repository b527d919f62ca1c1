package fdcall

import (
	"context"
	"sync"

	"github.com/awaitio/awaitio/internal/ablate"
)

// A Route says which loop makes a call, and which descriptor ends its wait for room in that loop's
// queue.
//
//	call                                              loop
//	on a bare number (IO.Recv)                        the number's
//	on no descriptor: operations complete singly      the first
//	... operations complete several at a time         the caller's, for 64 calls
//	on a socket with calls in its direction           theirs: a poller serves them in order
//	... without                                       the caller's, for 256 calls
//	on a file of a disk at an offset, on io_uring,
//	operations of the number's loop complete
//	several at a time                                 the caller's, for 1024 calls
//	on any other file                                 the number's
//	one of several that a goroutine begins at once    the number's
//
// The number's loop is number modulo loops. The caller's loop is the one that made its last calls: see
// affinity. A call that may hold up a loop must not hold up more than one, so a call on anything but a
// socket or a file of a disk always goes to the number's loop.
type Route struct {
	D     *Descriptor // nil: none
	dir   Direction   // whose deadline ends a wait for room
	among Direction   // in which of D's lists of calls under way it is

	loop  *Loop  // nil: the caller's
	calls uint16 // how many calls the caller makes with a loop before it gets the next one
}

// How many calls a caller makes with one loop before it gets the next one. Without a limit, a loop that
// few callers began with would keep few. A higher limit costs less, but callers of a busy loop wait
// longer: docs/decisions/affinity.md.
const (
	affinityCalls         = 64
	affinityCallsOnSocket = 256
	affinityCallsOnFile   = 1024
)

// route returns the route of a call on the number fd, or on none if fd is negative.
func (s *Loops) route(fd int) Route {
	if fd < 0 && s.First().batching() && !s.Off.Has(ablate.Affinity) {
		return Route{calls: affinityCalls}
	}
	return Route{loop: s.Of(fd)}
}

// route returns the route of a call on d at an offset, or at none if off is negative.
func (d *Descriptor) route(dir Direction, off int64) Route {
	at := Route{D: d, dir: dir, among: dir, loop: d.Loop}
	switch set := d.Loop.Loops; {
	case len(set.all) == 1 || set.Off.Has(ablate.Affinity):
	case d.Kind == Socket:
		at.loop, at.calls = nil, affinityCallsOnSocket
	case off >= 0 && d.Kind == Disk && d.Loop.batching() && set.WaitsInKernel():
		at.loop, at.calls = nil, affinityCallsOnFile
	}
	return at
}

// An affinity keeps the records of callers between calls, so that a caller stays with the loop of its
// record. That loop wakes the caller on its own processor, where the next call finds the record again.
// Cache lines that passed between two processors for a call would cost more than the call.
type affinity struct {
	pool sync.Pool // of *Waiter of all loops; it keeps some for each processor
}

// waiter takes a record for a call by the route at: of its loop, or of the caller's.
func (s *Loops) waiter(ctx context.Context, at *Route) (*Waiter, error) {
	if at.loop != nil {
		return at.loop.Waiter(ctx)
	}
	if ctx != nil && ctx.Err() == nil {
		if w, _ := s.affinity.pool.Get().(*Waiter); w != nil && !w.Engine.stopped.Load() {
			w.callsLeft--
			return w, nil
		}
	}
	w, err := s.next().Waiter(ctx)
	if err == nil {
		w.callsLeft = at.calls
	}
	return w, err
}

// giveBack returns a record to its loop, or keeps it for the caller's next call.
func (s *Loops) giveBack(w *Waiter) {
	if w.callsLeft > 0 {
		s.affinity.pool.Put(w)
	} else {
		w.Engine.Waiters.Put(w)
	}
}

// begin submits a call on fd, or on none. When it has ended, giveBack must follow.
func (s *Loops) begin(ctx context.Context, fd int, submit func(w *Waiter) error) (*Waiter, error) {
	at := s.route(fd)
	return s.submit(ctx, &at, submit)
}
