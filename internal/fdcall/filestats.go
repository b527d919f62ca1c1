package fdcall

import (
	"time"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/proactor"
)

// addFiles adds what is known of calls on files and paths.
func (s *Loops) addFiles(to *proactor.Stats) {
	to.Left, to.Late, to.Refused = s.lanes.left.Load(), s.lanes.late.Load(), s.lanes.refused.Load()
	to.LentBytes = uint64(s.memory.all.used.Load())
	for _, lane := range s.lanes.all() {
		now := lane.State()
		to.MountThreads += uint64(now.Running + now.Stuck + now.Lost)
		to.Lost += uint64(now.Lost)
	}
	to.Held = uint64(max(0, s.held.Load()))
	for _, l := range s.loops() {
		to.Held += l.outside.held()
	}
}

// held is how many calls that block their callers' threads are past their end.
func (s *outsides) held() (n uint64) {
	for i := range s {
		n += s[i].held()
	}
	return n
}

func (s *outsidePart) held() (n uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for o := s.calls.First; o != nil; o = o.Next {
		if o.Value.own && o.Value.isPast(now) {
			n++
		}
	}
	return n
}

// isPast reports whether something has ended the call, which is on a descriptor.
func (o *Outside) isPast(now time.Time) bool {
	if o.Ctx != nil && hook.HasEnded(o.Ctx) || o.On.Closed() {
		return true
	}
	deadline := o.On.deadline(o.Dir)
	return !deadline.IsZero() && !now.Before(deadline)
}
