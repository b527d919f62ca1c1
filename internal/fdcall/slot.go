package fdcall

import (
	"context"
	"time"

	"github.com/awaitio/awaitio/internal/mounts"
	"github.com/awaitio/awaitio/proactor"
)

// A slot is a call's permission to block a thread: one of the common places for calls by path,
// or one on the lane of its mount.
type slot struct {
	lane   *mounts.Lane // nil: a common one
	call   *mounts.Call
	waited bool // for a common one
	none   bool // no place: a close waits for none
}

// begun is when the call that has p began: now, unless it may have waited since.
func (p slot) begun(now time.Time) time.Time {
	if p.lane != nil || p.waited {
		return time.Time{}
	}
	return now
}

// mount is where the mount is whose place p is, or "".
func (p slot) mount() string {
	if p.lane == nil {
		return ""
	}
	return p.lane.Mount.Point
}

// pathNames are what a call by path is on: a file and, of those that have two, another.
type pathNames struct{ name, other string }

// lane is the lane that byName tells. Of two it is that of name, unless only the other may hang, or
// does so now: a call has one place, as two could wait for each other.
func (n pathNames) lane(byName func(name string) *mounts.Lane) *mounts.Lane {
	lane := byName(n.name)
	if n.other != "" {
		if other := byName(n.other); other != nil && (lane == nil || other.Hangs()) {
			return other
		}
	}
	return lane
}

// slotFor waits for a place for a call on files, which begins now: on the lane of its mount
// if its letters say that it may hang there, or a common one. Only where these are all in use, or a
// call that has one is late, are symbolic links looked at.
func (s *Loops) slotFor(ctx context.Context, op string, of pathNames, now time.Time) (slot, error) {
	for {
		switch {
		case ctx == nil:
			return slot{}, ErrNilContext
		case ctx.Err() != nil:
			return slot{}, EndOf(ctx)
		case s.refuses(ctx):
			return slot{}, proactor.ErrClosed
		}
		lane := of.lane(func(name string) *mounts.Lane { return s.laneByLetters(name, now) })
		if lane == nil && !s.lanes.watch.Load() && s.paths.TryLock(now) {
			return slot{}, nil
		}
		if lane == nil {
			lane = of.lane(s.laneByPath)
		}
		c := &QueuedCall{Ctx: ctx, Op: op, Path: of.name, loop: s.First()}
		if lane != nil {
			return s.slotOn(c, lane)
		}
		if s.paths.enter() {
			return slot{}, nil
		}
		if err := s.paths.wait(c, s.ending()); err == nil {
			return s.commonSlot(c, of)
		} else if err != errStopped {
			return slot{}, err
		}
	}
}

// laneByLetters is the lane of the mount that name is on by its letters, if that may hang. Nothing of
// a simulated system can.
func (s *Loops) laneByLetters(name string, now time.Time) *mounts.Lane {
	if s.Simulated {
		return nil
	}
	return s.lanes.byLetters(name, now)
}

// laneByPath is laneByLetters that knows symbolic links and the working directory.
func (s *Loops) laneByPath(name string) *mounts.Lane {
	if s.Simulated {
		return nil
	}
	return s.lanes.byPath(name)
}

// commonSlot is for a call that got a common place after a wait. Calls that had them may have turned
// out to hang on its mount.
func (s *Loops) commonSlot(c *QueuedCall, of pathNames) (slot, error) {
	if c.Ctx.Err() != nil {
		s.paths.Unlock()
		return slot{}, EndOf(c.Ctx)
	}
	if s.lanes.watch.Load() {
		if lane := of.lane(s.laneByPath); lane != nil {
			s.paths.Unlock()
			return s.slotOn(c, lane)
		}
	}
	return slot{waited: true}, nil
}

// lineCheck is how often a call in line looks whether its mount has stopped answering.
const lineCheck = 250 * time.Millisecond

// slotOn waits for a place on lane. What ends c ends the wait.
func (s *Loops) slotOn(c *QueuedCall, lane *mounts.Lane) (slot, error) {
	c.mount = lane.Mount.Point
	p := slot{lane: lane, call: &mounts.Call{Admitted: make(chan bool, 1)}}
	switch lane.Begin(p.call) {
	case mounts.Runs:
		return p, nil
	case mounts.Refused:
		return p, s.lanes.refusal(lane)
	}
	admitted, err := p.wait(c, s.ending())
	switch {
	case err == nil && !admitted:
		return p, s.lanes.refusal(lane)
	case err != nil && !lane.GiveUp(p.call) && <-p.call.Admitted:
		lane.End(p.call)
	}
	return p, err
}

// wait waits until p is admitted to its lane or refused, or what ends c has come.
func (p slot) wait(c *QueuedCall, ending <-chan struct{}) (admitted bool, err error) {
	if err := c.enter(); err != nil {
		return false, err
	}
	defer c.leave()
	check := time.NewTicker(lineCheck)
	defer check.Stop()
	for {
		select {
		case admitted = <-p.call.Admitted:
			return admitted, nil
		case <-c.Ctx.Done():
		case <-c.ended[0]:
		case <-c.ended[1]:
		case <-ending:
			return false, proactor.ErrClosed
		case <-check.C:
			p.lane.Check()
			continue
		}
		return false, c.cause()
	}
}

// free gives the place back.
func (s *Loops) free(p slot) {
	switch {
	case p.none:
	case p.lane == nil:
		s.paths.answer()
	default:
		p.lane.End(p.call)
	}
}

// ending is closed when s is being closed.
func (s *Loops) ending() <-chan struct{} { return *s.end.Load() }

// endCalls ends the waits of all calls on paths and files that may hang.
func (s *Loops) endCalls() {
	next := make(chan struct{})
	s.endMu.Lock()
	defer s.endMu.Unlock()
	last := s.end.Load()
	if s.reopens {
		s.end.Store(&next)
	} else if isClosed(*last) {
		return
	}
	close(*last)
}

// drainGrace is how long a close waits for calls on paths that nothing can end. They have lent
// nothing out.
const drainGrace = 10 * time.Millisecond

// drainPaths waits until no call by path has a common place, but not for calls that are stuck.
func (s *Loops) drainPaths() {
	ctx, cancel := context.WithTimeout(context.Background(), drainGrace)
	defer cancel()
	s.paths.drain(ctx)
}
