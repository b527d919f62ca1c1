package fdcall

import (
	"context"
	"time"

	"github.com/awaitio/awaitio/internal/mounts"
	"github.com/awaitio/awaitio/proactor"
)

// A slot is a call's permission to block a thread. The zero slot is one of the common slots, which
// calls by path share (pathSlots). A call on a mount that may hang has a slot on the mount's lane.
type slot struct {
	lane  *mounts.Lane // nil: not on a lane
	call  *mounts.Call // on lane
	none  bool         // no slot at all: a close does not wait for one
	since time.Time    // when the call began, if it got a common slot at once; else zero
}

// mount is where the mount of p's lane is mounted, or "".
func (p slot) mount() string {
	if p.lane == nil {
		return ""
	}
	return p.lane.Mount.Point
}

// slotFor waits for a slot for a call by path that begins now. If the name says that the mount may
// hang, the slot is on the mount's lane; otherwise it is a common one. Symbolic links are looked up
// only if all common slots are in use, or a call is late.
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
		lane := of.lane(func(name string) *mounts.Lane { return s.laneByName(name, now) })
		if lane == nil && !s.lanes.watch.Load() && s.paths.TryLock(now) {
			return slot{since: now}, nil
		}
		if lane == nil {
			lane = of.lane(s.laneByPath)
		}
		c := &QueuedCall{Ctx: ctx, Op: op, Path: of.name, loop: s.First()}
		if lane != nil {
			return s.slotOn(c, lane)
		}
		if s.paths.enter() {
			return slot{since: now}, nil
		}
		if err := s.paths.wait(c, s.ending()); err == nil {
			return s.commonSlot(c, of)
		} else if err != errStopped {
			return slot{}, err
		}
	}
}

// laneByName returns the lane of the mount that name is on if it leads through no symbolic link and
// is absolute. It returns nil if that mount cannot hang, as on a simulated system.
func (s *Loops) laneByName(name string, now time.Time) *mounts.Lane {
	if s.Simulated {
		return nil
	}
	return s.lanes.byName(name, now)
}

// laneByPath is laneByName that also knows symbolic links and the working directory.
func (s *Loops) laneByPath(name string) *mounts.Lane {
	if s.Simulated {
		return nil
	}
	return s.lanes.byPath(name)
}

// commonSlot returns the slot of a call that has waited for a common one. It looks for the lane
// again: calls that returned their slots meanwhile may have turned out to hang on its mount.
func (s *Loops) commonSlot(c *QueuedCall, of pathNames) (slot, error) {
	if isClosed(c.done) {
		s.paths.Unlock()
		return slot{}, EndOf(c.Ctx)
	}
	if s.lanes.watch.Load() {
		if lane := of.lane(s.laneByPath); lane != nil {
			s.paths.Unlock()
			return s.slotOn(c, lane)
		}
	}
	return slot{}, nil
}

// lineCheck is how often a call in line looks whether its mount has stopped answering.
const lineCheck = 250 * time.Millisecond

// slotOn waits for a slot on lane. What ends c ends the wait.
func (s *Loops) slotOn(c *QueuedCall, lane *mounts.Lane) (slot, error) {
	c.heed()
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

// wait waits until p is admitted to its lane or refused, or until c ends.
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
		case <-c.done:
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

// free gives p to the next call.
func (s *Loops) free(p slot) {
	switch {
	case p.none:
	case p.lane == nil:
		s.paths.answer()
	default:
		p.lane.End(p.call)
	}
}

// ending returns a channel that is closed when s is closed.
func (s *Loops) ending() <-chan struct{} { return *s.end.Load() }

// endCalls ends the waits of all calls on paths and on files that may hang.
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

// drainGrace is how long a close waits for calls on paths that nothing can end. The kernel has no
// memory of theirs that must stay valid.
const drainGrace = 10 * time.Millisecond

// drainPaths waits until no call by path has a common slot, but not longer than drainGrace.
func (s *Loops) drainPaths() {
	ctx, cancel := context.WithTimeout(context.Background(), drainGrace)
	defer cancel()
	s.paths.drain(ctx)
}
