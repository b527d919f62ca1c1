package fdcall

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// pathSlots bound the calls by path that block a thread, on mounts that are not known to hang. As many as
// Config.Workers run at once, but pathSlotsQuiet at first. There is one more for each call that returns while
// all slots are in use, and for each that has waited for pathSlotsPatience, until so many have not been needed for
// a while. A burst of calls through a symbolic link to a mount that has died holds few threads then: its calls
// are late before that. A Lane does the same: see mounts.Lane.
type pathSlots struct {
	*FairLock
	most     int32        // slots that are reserved when all is quiet
	reserved atomic.Int32 // slots that no call has: pathSlots holds them
	answered atomic.Int64 // when a call returned, while fewer than most are reserved
}

const (
	pathSlotsQuiet    = 16 // what a mount has at first, for the same reason
	pathSlotsPatience = 2 * lateIfFull
)

func newPathSlots(config proactor.Config) *pathSlots {
	s := &pathSlots{FairLock: newBlockingSlots(config)}
	s.most = max(s.more+1-pathSlotsQuiet, 0)
	s.narrow()
	return s
}

// TryLock takes a slot for a call that begins now and will not wait.
func (s *pathSlots) TryLock(now time.Time) bool {
	if s.reserved.Load() < s.most && now.UnixNano()-s.answered.Load() >= int64(lateAfter) {
		s.narrow()
	}
	return s.FairLock.TryLock()
}

// narrow reserves free slots. It takes none that a call has or waits for.
func (s *pathSlots) narrow() {
	for {
		n := s.reserved.Load()
		if n >= s.most || !s.FairLock.TryLock() {
			return
		}
		if !s.reserved.CompareAndSwap(n, n+1) {
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

// widen gives a reserved slot to the calls.
func (s *pathSlots) widen() {
	for n := s.reserved.Load(); n > 0; n = s.reserved.Load() {
		if s.reserved.CompareAndSwap(n, n-1) {
			s.answered.Store(time.Now().UnixNano())
			s.Unlock()
			return
		}
	}
}

// answer gives the slot of a call that has returned to the next one.
func (s *pathSlots) answer() {
	if s.isFull() {
		s.widen()
	}
	if s.reserved.Load() < s.most {
		s.answered.Store(time.Now().UnixNano())
	}
	s.Unlock()
}

// isFull reports whether a call that comes now has to wait.
func (s *pathSlots) isFull() bool { return s.count.Load() > s.more }

// drain waits until no call has a slot, or ctx ends.
func (s *pathSlots) drain(ctx context.Context) {
	s.answered.Store(time.Now().UnixNano())
	for range s.reserved.Swap(0) {
		s.Unlock()
	}
	for range s.lockAll(ctx) {
		s.Unlock()
	}
	s.narrow()
}
