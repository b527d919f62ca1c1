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
	lane *mounts.Lane // nil: a common one
	call *mounts.Call
}

// slotFor waits for a place for a call on the file name. While no mount is in trouble and there
// is room, nobody asks where it is mounted.
func (s *Loops) slotFor(ctx context.Context, name string) (slot, error) {
	for {
		switch {
		case ctx == nil:
			return slot{}, ErrNilContext
		case ctx.Err() != nil:
			return slot{}, EndOf(ctx)
		case s.endedForGood():
			return slot{}, proactor.ErrClosed
		case !s.lanes.watch.Load() && s.paths.TryLock():
			return slot{}, nil
		}
		c := &QueuedCall{Ctx: ctx}
		if lane := s.laneByPath(name); lane != nil {
			begin := lane.Begin
			if !s.lanes.watch.Load() {
				begin = lane.BeginFew // the calls that have the common places may hang there
			}
			return s.slotBy(c, lane, begin)
		}
		if s.paths.enter() {
			return slot{}, nil
		}
		if err := s.paths.wait(c, s.ending()); err != errStopped {
			return slot{}, err
		}
	}
}

// laneByPath is the lane of the mount that name is on, or nil where no mount can hang.
func (s *Loops) laneByPath(name string) *mounts.Lane {
	if s.Simulated {
		return nil
	}
	return s.lanes.byPath(name)
}

// lineCheck is how often a call in line looks whether its mount has stopped answering.
const lineCheck = 250 * time.Millisecond

// slotOn waits for a place on lane. What ends c ends the wait.
func (s *Loops) slotOn(c *QueuedCall, lane *mounts.Lane) (slot, error) {
	return s.slotBy(c, lane, lane.Begin)
}

func (s *Loops) slotBy(c *QueuedCall, lane *mounts.Lane, begin func(*mounts.Call) mounts.Verdict) (slot, error) {
	p := slot{lane, &mounts.Call{Admitted: make(chan bool, 1)}}
	switch begin(p.call) {
	case mounts.Runs:
		return p, nil
	case mounts.Refused:
		return p, refusal(lane)
	}
	admitted, err := p.wait(c, s.ending())
	switch {
	case err == nil && !admitted:
		return p, refusal(lane)
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
	if p.lane == nil {
		s.paths.Unlock()
	} else {
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

// endedForGood reports whether s is closed or being closed, and takes no calls any more.
func (s *Loops) endedForGood() bool { return !s.reopens && isClosed(s.ending()) }

// drainGrace is how long a close waits for calls on paths that nothing can end. They have lent
// nothing out.
const drainGrace = 10 * time.Millisecond

// drainPaths waits until no call by path has a common place, but not for calls that are stuck.
func (s *Loops) drainPaths() {
	ctx, cancel := context.WithTimeout(context.Background(), drainGrace)
	defer cancel()
	for range s.paths.lockAll(ctx) {
		s.paths.Unlock()
	}
}
