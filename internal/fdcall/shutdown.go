package fdcall

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// An Unended is what a Shutdown could not end.
type Unended struct {
	Operations []proactor.Operation // calls, oldest first
	Mounts     []MountState         // the mounts among them that do not answer
}

// How often a Shutdown looks whether all is over, and how long after the end of its context it
// waits for what that has ended: twice what the kernel has to end a call.
const (
	shutdownCheck = time.Millisecond
	shutdownGrace = 2 * endGrace
)

// Shutdown refuses calls from now on, waits until those under way have ended or ctx has, and closes
// s. It returns what did not end, if anything, and the end of ctx if that has ended anything.
func (s *Loops) Shutdown(ctx context.Context) (Unended, error) {
	if ctx == nil {
		return Unended{}, ErrNilContext
	}
	cause := s.awaitIdle(ctx, s.refuse())
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	if cause == nil {
		if err := <-closed; err != nil {
			return Unended{}, err
		}
		return s.unended(), nil
	}
	grace := time.NewTimer(shutdownGrace)
	defer grace.Stop()
	select {
	case err := <-closed:
		if err != nil {
			return Unended{}, err
		}
	case <-grace.C: // the kernel has memory of callers, and Close waits for that
	}
	return s.unended(), cause
}

// refuse has no call begin any more. If s reopens, calls begin on new engines, and those that have calls
// under way are returned.
func (s *Loops) refuse() (engines []*Engine) {
	s.refusing.Store(!s.reopens)
	for _, l := range s.loops() {
		l.mu.Lock()
		if e := l.current.Load(); e != nil {
			e.stopped.Store(true)
			if s.reopens {
				e.stop()
			}
			engines = append(engines, e)
		}
		l.mu.Unlock()
	}
	return engines
}

// awaitIdle waits until nothing is under way, but for what is left. It returns the end of ctx if
// that comes first.
func (s *Loops) awaitIdle(ctx context.Context, engines []*Engine) error {
	tick := time.NewTicker(shutdownCheck)
	defer tick.Stop()
	for !s.isIdle(engines) {
		select {
		case <-ctx.Done():
			return EndOf(ctx)
		case <-tick.C:
		}
	}
	return nil
}

func (s *Loops) isIdle(engines []*Engine) bool {
	if !s.reopens {
		if s.accepted.calls.Load() > 0 {
			return false
		}
		engines = slices.Collect(maps.Keys(s.engines(nothing)))
	}
	for _, e := range engines {
		if now := e.Proactor.Stats(); now.Queued+now.InFlight > now.Stuck {
			return false
		}
	}
	for _, l := range s.loops() {
		if l.diskCalls.Load() > 0 || l.outside.waited() || l.directs.used() {
			return false
		}
	}
	return s.loopsAreIdle(engines)
}

// loopsAreIdle asks the loops themselves. What they publish is of their last park.
func (s *Loops) loopsAreIdle(engines []*Engine) bool {
	of := make(map[*Engine]int)
	for _, e := range engines {
		of[e] = 0
	}
	busy := survey(of, func(e *Engine, _ int) bool {
		now := e.Proactor.LoopState()
		return now.Stalled || uint64(now.Queued+now.InFlight+now.Timers) > e.Proactor.Stats().Stuck
	})
	return !slices.Contains(busy, true)
}

// waited reports whether any call has a caller that waits for it.
func (s *outsides) waited() bool {
	for i := range s {
		if s[i].waited() {
			return true
		}
	}
	return false
}

func (s *outsidePart) waited() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := s.calls.First; n != nil; n = n.Next {
		if n.Value.State != proactor.StateLeft {
			return true
		}
	}
	return false
}

// unended is what has not ended.
func (s *Loops) unended() (u Unended) {
	u.Operations = s.Operations(0)
	for _, m := range s.Mounts() {
		if m.Running+m.InLine+m.Stuck+m.Lost > 0 {
			u.Mounts = append(u.Mounts, m)
		}
	}
	return u
}
