package fdcall

import (
	"context"
	"sync"

	"github.com/awaitio/awaitio/internal/ablate"
)

// A Route is where a call is made: the loop, and what it is made on while it waits for room
// in that loop's queue.
//
//	call                                              loop
//	on a descriptor that is only a number (IO.Recv)   the number's
//	on no descriptor, IO's operations end singly      the first
//	... several at a time                             the caller's, for 64 calls
//	on a socket, one call of its direction or more    theirs: a poller serves them in order
//	... none                                          the caller's, for 256 calls
//	on a file of a disk, at an offset, io_uring,
//	operations of the number's loop end in numbers    the caller's, for 1024 calls
//	on any other file                                 the number's
//	one of several that a goroutine begins at once    the number's
//
// The number's loop is the remainder of number and loops. What may hold up a loop is to hold
// up one at most, so anything but a socket and a file of a disk always goes to the number's
// loop.
type Route struct {
	D     *Descriptor // nil: none
	dir   Direction   // whose deadline ends a wait for room
	among Direction   // D's calls under way that it is one of

	loop  *Loop  // nil: the caller's
	calls uint16 // how many a caller makes before it may be given another loop
}

// How many calls a caller makes with one loop before it is given the next one. Without a
// limit, a loop that few callers began with would be left with few. The higher it is the less
// it costs, and the longer the callers of a crowded loop wait: docs/decisions/affinity.md.
const (
	affinityCalls         = 64
	affinityCallsOnSocket = 256
	affinityCallsOnFile   = 1024
)

// route is where a call on fd, or on none, is made.
func (s *Loops) route(fd int) Route {
	if fd < 0 && s.First().batching() && !s.Off.Has(ablate.Affinity) {
		return Route{calls: affinityCalls}
	}
	return Route{loop: s.Of(fd)}
}

// route is where a call on d is made at an offset, or at none if that is negative.
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

// An affinity keeps the records of callers that stay with a loop. That loop wakes them on its
// own processor, where the next call finds the record of the last one again. The cache lines that
// two processors would pass to each other for a call cost more than the call.
type affinity struct {
	pool sync.Pool // of *Waiter, of all loops; it has a place for each processor
}

// waiter takes a record for a call in at: of its loop, or of the one that the caller stays with.
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

// giveBack returns the record to its loop, or puts it where the caller's next call finds it.
func (s *Loops) giveBack(w *Waiter) {
	if w.callsLeft > 0 {
		s.affinity.pool.Put(w)
	} else {
		w.Engine.Waiters.Put(w)
	}
}

// begin submits a call on fd, or on none; giveBack takes its record when it has ended.
func (s *Loops) begin(ctx context.Context, fd int, submit func(w *Waiter) error) (*Waiter, error) {
	at := s.route(fd)
	return s.submit(ctx, &at, submit)
}
