package fdcall

import (
	"context"
	"time"

	"github.com/awaitio/awaitio/internal/mounts"
	"github.com/awaitio/awaitio/proactor"
)

// pathNames are the files of a call by path: one or, for a rename, a link or a copy, two.
type pathNames struct{ name, other string }

// lane returns the lane that byName finds. A call has one slot, since calls that held one and
// waited for another could wait for each other. So a call on two files uses the lane of name, unless
// only the other is on a mount that may hang, or that mount hangs now.
func (n pathNames) lane(byName func(name string) *mounts.Lane) *mounts.Lane {
	lane := byName(n.name)
	if n.other != "" {
		if other := byName(n.other); other != nil && (lane == nil || other.Hangs()) {
			return other
		}
	}
	return lane
}

// ByPath makes a call on the file name that blocks a thread. If ctx can end, a goroutine makes the
// call, and the caller may leave it. If such a call returns nil later, late is called to discard
// what it has made. If ctx cannot end, or the system is simulated so that calls take no time, the
// caller's thread makes the call.
//
// call must not write to memory of the caller's, which may have left: see Later.
func (s *Loops) ByPath(ctx context.Context, op, name string, call func() error, late func()) error {
	return s.byPaths(ctx, op, pathNames{name: name}, call, late)
}

func (s *Loops) byPaths(ctx context.Context, op string, of pathNames, call func() error, late func()) error {
	if ctx == nil || s.Simulated || Endless(ctx) {
		return s.onPaths(ctx, op, of, call)
	}
	l, now, e := s.First(), time.Now(), ends{done: ctx.Done()}
	p, err := s.slotFor(ctx, op, of, now)
	if err != nil {
		return err
	}
	c := &leavableCall{loops: s, slot: p, of: of, loop: l}
	c.listed = l.Begin(Outside{Op: op, State: proactor.StateRunning, Path: of.name, Ctx: ctx, Off: -1, Mount: p.mount(), since: p.since})
	c.start(call, func(err error) {
		if err == nil && late != nil {
			late()
		}
	}, nil)
	return c.wait(ctx, e)
}

// OnPath makes a call on the file name on the caller's thread. ctx ends the wait for a slot, not
// the call.
func (s *Loops) OnPath(ctx context.Context, op, name string, call func() error) error {
	return s.onPaths(ctx, op, pathNames{name: name}, call)
}

func (s *Loops) onPaths(ctx context.Context, op string, of pathNames, call func() error) error {
	l, now := s.First(), time.Now()
	p, err := s.slotFor(ctx, op, of, now)
	if err != nil {
		return err
	}
	defer s.free(p)
	o := l.Begin(Outside{
		Op: op, State: proactor.StateRunning, Path: of.name, Ctx: ctx, Off: -1, Mount: p.mount(), brief: p.lane == nil, since: p.since,
	})
	if p.lane != nil {
		o.begun()
	}
	err = call()
	l.Ended(o, 0, err)
	return err
}

// Later is ByPath for a call with a result. late is called with the result of a call that its
// caller has left.
func Later[T any](s *Loops, ctx context.Context, op, name string, call func() (T, error), late func(T)) (T, error) {
	return LaterOfTwo(s, ctx, op, name, "", call, late)
}

// LaterOfTwo is Later for a call on two files. The slot is of the mount of one of them: see
// pathNames.lane.
func LaterOfTwo[T any](s *Loops, ctx context.Context, op, name, other string, call func() (T, error), late func(T)) (result T, err error) {
	of := pathNames{name, other}
	if Endless(ctx) || s.Simulated { // the caller stays, so the result can be on its stack
		err = s.onPaths(ctx, op, of, func() (err error) {
			result, err = call()
			return err
		})
		return result, err
	}
	made := new(T)
	err = s.byPaths(ctx, op, of, func() (err error) {
		*made, err = call()
		return err
	}, func() {
		if late != nil {
			late(*made)
		}
	})
	if _, left := err.(*LeftError); left {
		return result, err
	}
	return *made, err
}
