package fdcall

import (
	"context"
	"sync"
	"time"

	"github.com/awaitio/awaitio/internal/mounts"
	"github.com/awaitio/awaitio/proactor"
)

// A call on a path, or on a file of a file system that may hang, cannot be stopped. Where
// something can end it, a goroutine of its own makes it, and owns all that the kernel has of it:
// the caller leaves, and what comes too late is discarded there. docs/decisions/mounts.md.

// lateAfter is when a call is late.
const lateAfter = 100 * time.Millisecond

// lateIfFull is when a call is late by path if others wait for a place like its own: it is many times what a
// disk takes.
const lateIfFull = 10 * time.Millisecond

// An apartCall is a call that a goroutine of its own makes.
type apartCall struct {
	loops  *Loops
	of     pathNames   // the paths, until their mount is known
	on     *Descriptor // that it is a user of; or nil
	loop   *Loop       // where it is listed, and
	listed *Outside    // as what, until it has ended

	mu     sync.Mutex
	slot   slot
	began  time.Time
	left   bool // the caller has
	ended  bool // the call has
	answer chan error
	ending <-chan struct{} // of the IO, since it has begun
}

// What ends an apart call, beside its context and the close of the IO.
type ends struct {
	queued *QueuedCall // what ends it; or nil
	hangs  func() bool // asked at first and now and then; nil where no state ends it
	anyway bool        // the close of the IO does not end it
}

// ByPath makes a call on the file name that blocks a thread. If ctx cannot end, or the call takes
// no time because the system is simulated, it is made on the caller's thread. Otherwise the
// caller may leave it: then late is called, after the call has returned nil, to discard what it has made.
//
// call must not write to memory that the caller has when it has left: see Later.
func (s *Loops) ByPath(ctx context.Context, op, name string, call func() error, late func()) error {
	return s.byPaths(ctx, op, pathNames{name: name}, call, late)
}

func (s *Loops) byPaths(ctx context.Context, op string, of pathNames, call func() error, late func()) error {
	if Endless(ctx) || s.Simulated {
		return s.onPaths(ctx, op, of, call)
	}
	l, now := s.First(), time.Now()
	p, err := s.slotFor(ctx, op, of, now)
	if err != nil {
		return err
	}
	a := &apartCall{loops: s, slot: p, of: of, loop: l}
	a.listed = l.Begin(Outside{Op: op, State: proactor.StateRunning, Path: of.name, Ctx: ctx, Off: -1, Mount: p.mount(), since: p.begun(now)})
	a.start(call, func(err error) {
		if err == nil && late != nil {
			late()
		}
	}, nil)
	return a.wait(ctx, ends{})
}

// OnPath makes a call on the file name on the caller's thread. ctx ends it before it has begun.
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
	o := l.Begin(Outside{Op: op, State: proactor.StateRunning, Path: of.name, Ctx: ctx, Off: -1, Mount: p.mount(), brief: p.lane == nil, since: p.begun(now)})
	if p.lane != nil {
		o.begun()
	}
	err = call()
	l.Ended(o, 0, err)
	return err
}

// Later is ByPath for a call with a result, which nobody gets who has left.
func Later[T any](s *Loops, ctx context.Context, op, name string, call func() (T, error), late func(T)) (T, error) {
	return LaterOfTwo(s, ctx, op, name, "", call, late)
}

// LaterOfTwo is Later for a call on two files. The mounts of both are looked at.
func LaterOfTwo[T any](s *Loops, ctx context.Context, op, name, other string, call func() (T, error), late func(T)) (result T, err error) {
	of := pathNames{name, other}
	if Endless(ctx) || s.Simulated { // nobody leaves, and all stays on the stack
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

// start begins the call. When it has returned, late is called if nobody waits for it, and end,
// unless it is nil, in any case.
func (a *apartCall) start(call func() error, late, end func(err error)) {
	a.began = time.Now()
	a.answer, a.ending = make(chan error, 1), a.loops.ending()
	go func() {
		a.listed.begun()
		err := call()
		if a.returned() {
			late(err)
		}
		a.loop.Ended(a.listed, 0, err)
		if end != nil {
			end(err)
		}
		a.loops.free(a.slot) // it stays as it is from here on
		a.answer <- err      // has room
	}()
}

// returned says that the call has returned, and reports whether nobody waits for it.
func (a *apartCall) returned() (left bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended = true
	return a.left
}

// wait waits for the answer, or until something ends the call.
func (a *apartCall) wait(ctx context.Context, e ends) error {
	late := time.NewTimer(lateIfFull)
	defer late.Stop()
	ending := a.ending
	if e.anyway {
		ending = nil
	}
	var ended <-chan struct{}
	if e.queued != nil {
		ended = e.queued.ended[0]
	}
	looked, noted, cause := false, false, e.byState()
	for cause == nil {
		select {
		case err := <-a.answer:
			return err
		case <-late.C:
			if !looked {
				looked = true
				late.Reset(lateAfter - lateIfFull)
				if e.hangs == nil && a.loops.paths.isFull() {
					go a.findLane()
				}
				continue
			}
			if !noted {
				noted = true
				a.loops.lanes.late.Add(1)
			}
			if e.hangs == nil {
				go a.findLane()
				continue
			}
			cause = e.byState()
			late.Reset(lateAfter)
		case <-ctx.Done():
			cause = EndOf(ctx)
		case <-ended:
			cause = e.queued.cause()
		case <-ending:
			cause = proactor.ErrClosed
		}
	}
	late.Reset(e.grace())
	select {
	case err := <-a.answer:
		return err
	case <-late.C:
	}
	if !a.leave() {
		return <-a.answer
	}
	return &LeftError{cause}
}

// grace is how long the kernel has to answer.
func (e *ends) grace() time.Duration {
	if e.queued == nil {
		return endGrace
	}
	e.queued.beginGrace()
	return e.queued.grace.left()
}

// byState is why the state of the mount ends the call, or nil.
func (e *ends) byState() error {
	if e.hangs != nil && e.hangs() {
		return ErrDescriptorClosed
	}
	return nil
}

// leave leaves the call to itself. It returns false if the answer is about to come.
func (a *apartCall) leave() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		return false
	}
	a.left = true
	if a.on != nil {
		a.on.leaveUser()
	}
	a.listed.leave()
	a.loops.lanes.left.Add(1)
	if a.slot.lane != nil {
		a.slot.lane.Leave(a.slot.call)
	} else {
		go a.findLane() // and leaves it there
	}
	return true
}

// findLane moves a late call by path from its common place to the lane of its mount, if that
// may hang.
func (a *apartCall) findLane() {
	a.mu.Lock()
	known := a.slot.lane != nil || a.slot.none || a.ended
	a.mu.Unlock()
	if known {
		return
	}
	lane := a.of.lane(a.loops.lanes.find)
	a.mu.Lock()
	defer a.mu.Unlock()
	if lane == nil || a.ended || a.slot.lane != nil {
		return
	}
	a.slot = slot{lane: lane, call: new(mounts.Call)}
	a.listed.on(lane.Mount.Point)
	lane.Adopt(a.slot.call, a.began, a.loops.paths.isFull())
	if a.left {
		lane.Leave(a.slot.call)
	}
	a.loops.paths.Unlock()
}
