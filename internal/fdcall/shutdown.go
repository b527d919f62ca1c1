package fdcall

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// An Unended lists what a Shutdown could not end.
type Unended struct {
	Operations []proactor.Operation // calls, oldest first
	Mounts     []MountState         // mounts with calls that have not returned
}

const (
	shutdownCheck = time.Millisecond // how often a Shutdown looks whether all calls have ended
	shutdownGrace = 2 * endGrace     // how long calls have to end after the end of its context
)

// Shutdown refuses calls from now on, waits until the calls under way or ctx have ended, and closes s.
// It returns what did not end, and the end of ctx if Shutdown had to end calls because of it.
func (s *Loops) Shutdown(ctx context.Context) (Unended, error) {
	if ctx == nil {
		return Unended{}, ErrNilContext
	}
	refusing := s.refuse()
	var began time.Time // where s reopens: calls that begin later do not count
	if s.reopens && !s.inBubble() {
		began = time.Now()
	}
	cause := s.awaitIdle(ctx, began)
	end := s.Close
	if s.reopens && cause == nil { // later calls go on
		end = func() error {
			defer s.stopMonitorIf(func() bool { return !s.runs() })
			return closeEngines(refusing)
		}
	}
	closed := make(chan error, 1)
	go func() { closed <- end() }()
	if cause == nil {
		if err := <-closed; err != nil {
			return Unended{}, err
		}
		return s.unended(began), nil
	}
	grace := time.NewTimer(shutdownGrace)
	defer grace.Stop()
	select {
	case err := <-closed:
		if err != nil {
			return Unended{}, err
		}
	case <-grace.C: // Close still waits: the kernel has memory of callers
	}
	return s.unended(began), cause
}

// refuse refuses new calls or, if s reopens, has them begin on new engines. It returns the engines so far.
func (s *Loops) refuse() (engines []*Engine) {
	s.refusing.Store(!s.reopens)
	for _, l := range s.loops() {
		l.mu.Lock()
		if e := l.current.Load(); e != nil {
			engines = append(engines, e)
			e.stopped.Store(true)
			if s.reopens {
				e.stop()
			}
		}
		l.mu.Unlock()
	}
	return engines
}

// closeEngines closes all of them at the same time: see Close.
func closeEngines(engines []*Engine) error {
	errs := make([]error, len(engines))
	var closing sync.WaitGroup
	for i, e := range engines {
		closing.Go(func() { errs[i] = e.close() })
	}
	closing.Wait()
	return errors.Join(errs...)
}

// close closes e and waits for its end.
func (e *Engine) close() error {
	err := e.Proactor.Close()
	<-e.ended
	return err
}

// awaitIdle waits until only calls are under way that were left by their callers. It returns the end of
// ctx if that comes first.
func (s *Loops) awaitIdle(ctx context.Context, began time.Time) error {
	tick := time.NewTicker(shutdownCheck)
	defer tick.Stop()
	for !s.isIdle(began) {
		select {
		case <-ctx.Done():
			return EndOf(ctx)
		case <-tick.C:
		}
	}
	return nil
}

// isIdle reports whether all calls that began before refuse have ended or were left by their callers. It looks at
// the admitted calls once more at the end: a transfer by its caller may have become one of them meanwhile.
func (s *Loops) isIdle(began time.Time) bool {
	admitted := func() bool { return !s.reopens && s.admitted.calls.Load() > 0 }
	if admitted() {
		return false
	}
	engines := s.refusingEngines()
	if !s.reopens && !countsAreIdle(engines) { // where s reopens they have later receives, too, that wait: directs tells them apart
		return false
	}
	for _, l := range s.loops() {
		if l.diskCalls.Load() > 0 || l.outside.waited(began) || l.directs.used(began) {
			return false
		}
	}
	return s.loopsAreIdle(engines) && !admitted()
}

// countsAreIdle reports whether the engines count nothing under way but what is stuck.
func countsAreIdle(engines map[*Engine]int) bool {
	for e := range engines {
		if now := e.Proactor.Stats(); now.Queued+now.InFlight > now.Stuck {
			return false
		}
	}
	return true
}

// refusingEngines are the engines that take no new calls.
func (s *Loops) refusingEngines() map[*Engine]int {
	engines := s.engines(nothing)
	maps.DeleteFunc(engines, func(e *Engine, _ int) bool { return s.reopens && !e.stopped.Load() })
	return engines
}

// isLater reports whether t is after began; nothing is later than the zero Time.
func isLater(t, began time.Time) bool { return !began.IsZero() && t.After(began) }

// loopsAreIdle asks the loops themselves, since Stats has the counts that they published when they last
// parked.
func (s *Loops) loopsAreIdle(engines map[*Engine]int) bool {
	busy := survey(engines, func(e *Engine, _ int) bool {
		now := e.Proactor.LoopState()
		return now.Stalled || uint64(now.Queued+now.InFlight+now.Timers) > e.Proactor.Stats().Stuck
	})
	return !slices.Contains(busy, true)
}

// waited reports whether a caller waits for any of the calls that are not later than began.
func (s *outsides) waited(began time.Time) bool {
	for i := range s {
		if s[i].waited(began) {
			return true
		}
	}
	return false
}

func (s *outsidePart) waited(began time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := s.calls.First; n != nil; n = n.Next {
		if n.Value.State != proactor.StateLeft && !isLater(n.Value.since, began) {
			return true
		}
	}
	return false
}

// unended returns what has not ended, of what is not later than began.
func (s *Loops) unended(began time.Time) (u Unended) {
	u.Operations = s.operations(0, s.refusingEngines(), began)
	for _, m := range s.Mounts() {
		if m.Running+m.InLine+m.Stuck+m.Lost > 0 {
			u.Mounts = append(u.Mounts, m)
		}
	}
	return u
}
