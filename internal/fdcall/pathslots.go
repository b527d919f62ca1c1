package fdcall

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// pathSlots are the common slots: they bound the calls by path that block a thread, on mounts that
// are not known to hang. There are Config.Workers of them, but only pathSlotsQuiet are open at first.
// One more opens when a call returns while all open slots are in use, and when a call has waited for
// pathSlotsPatience. The additional ones close when no call has returned for lateAfter.
//
// So a burst of calls through a symbolic link to a mount that has died blocks few threads: the calls
// are found to be late before more slots open. The slots of a mounts.Lane open in the same way.
//
// A closed slot is one that pathSlots holds itself.
type pathSlots struct {
	*FairLock
	most     int32        // slots that are closed at first
	closed   atomic.Int32 // slots that are closed now
	answered atomic.Int64 // when a call last returned, while fewer than most are closed
}

const (
	pathSlotsQuiet    = 16 // as many as a lane opens at first, for the same reason
	pathSlotsPatience = 2 * suspectAfter
)

func newPathSlots(config proactor.Config) *pathSlots {
	s := &pathSlots{FairLock: newBlockingSlots(config)}
	s.most = max(s.more+1-pathSlotsQuiet, 0)
	s.narrow()
	return s
}

// TryLock takes a slot for a call that begins now and will not wait.
func (s *pathSlots) TryLock(now time.Time) bool {
	if s.closed.Load() < s.most && now.UnixNano()-s.answered.Load() >= int64(lateAfter) {
		s.narrow()
	}
	return s.FairLock.TryLock()
}

// narrow closes free slots. It closes none that a call has or waits for.
func (s *pathSlots) narrow() {
	for {
		n := s.closed.Load()
		if n >= s.most || !s.FairLock.TryLock() {
			return
		}
		if !s.closed.CompareAndSwap(n, n+1) {
			s.Unlock()
		}
	}
}

// wait waits for a slot on behalf of c, which is counted already, until stop is closed.
func (s *pathSlots) wait(c *QueuedCall, stop <-chan struct{}) error {
	patience := time.AfterFunc(pathSlotsPatience, s.widen)
	defer patience.Stop()
	return s.FairLock.wait(c, stop)
}

// widen opens a closed slot.
func (s *pathSlots) widen() {
	for n := s.closed.Load(); n > 0; n = s.closed.Load() {
		if s.closed.CompareAndSwap(n, n-1) {
			s.answered.Store(time.Now().UnixNano())
			s.Unlock()
			return
		}
	}
}

// answer passes the slot of a call that has returned to the next one.
func (s *pathSlots) answer() {
	if s.isFull() {
		s.widen()
	}
	if s.closed.Load() < s.most {
		s.answered.Store(time.Now().UnixNano())
	}
	s.Unlock()
}

// isFull reports whether a call that comes now has to wait.
func (s *pathSlots) isFull() bool { return s.count.Load() > s.more }

// drain waits until no call has a slot, or ctx ends.
func (s *pathSlots) drain(ctx context.Context) {
	s.answered.Store(time.Now().UnixNano())
	for range s.closed.Swap(0) {
		s.Unlock()
	}
	for range s.lockAll(ctx) {
		s.Unlock()
	}
	s.narrow()
}
