package fdcall

import (
	"context"

	"github.com/awaitio/awaitio/proactor"
)

// An ApartCall is a call on a file that a goroutine of its own makes.
type ApartCall struct {
	Ctx   context.Context
	Dir   Direction
	Op    string
	Size  int
	Off   int64 // negative: none
	Call  func(fd int) (int, error)
	Late  func(n int, err error) // nil, or called with the result when the caller has left
	Ended func(err error)        // nil, or called once: when the call has ended, or could not begin
	AtEnd func(held bool)        // as of a Transfer
}

// MayHang reports whether d is on a mount that may hang. No ring and no worker gets a call on it:
// io_uring would make it within its submission, or give it to one of a few threads that all files
// share.
func (d *Descriptor) MayHang() bool { return d.Lane != nil }

// Apart makes c on a goroutine of its own, which the caller may leave: on a mount that may hang
// by its lane, on any other at a place of the device. left says that the caller has left it, and
// is the error's LeftError.
func (d *Descriptor) Apart(c ApartCall) (n int, left bool, err error) {
	switch {
	case d.MayHang():
		return d.onLane(c)
	default:
		err = d.mayBegin(c.Ctx, c.Dir)
	}
	made := newThreadCall(d.Loop.Loops)
	made.call = c
	if err == nil {
		err = made.start(d)
	}
	if err != nil {
		made.recycle()
		if c.Ended != nil {
			c.Ended(err)
		}
		return 0, false, err
	}
	if left, err = made.wait(c.Ctx); left {
		return 0, true, err
	}
	n = made.n
	made.recycle()
	return n, false, err
}

// mayBegin is why no call can begin.
func (d *Descriptor) mayBegin(ctx context.Context, dir Direction) error {
	switch {
	case ctx == nil:
		return ErrNilContext
	case ctx.Err() != nil:
		return EndOf(ctx)
	case d.Loop.Loops.refuses(ctx):
		return proactor.ErrClosed
	}
	return d.Check(dir)
}

// A laneCall is a call on a mount that may hang, under way.
type laneCall struct {
	apartCall
	n int
	q QueuedCall // hears what ends the call
}

// onLane is Apart on a mount that may hang.
func (d *Descriptor) onLane(c ApartCall) (n int, left bool, err error) {
	made, err := d.startOnLane(c)
	if err != nil {
		if c.Ended != nil {
			c.Ended(err)
		}
		return 0, false, err
	}
	return made.finish()
}

// startOnLane begins c. Its place is waited for; what ends the call ends that wait.
func (d *Descriptor) startOnLane(c ApartCall) (*laneCall, error) {
	s := d.Loop.Loops
	if err := d.mayBegin(c.Ctx, c.Dir); err != nil {
		return nil, err
	}
	made := &laneCall{q: QueuedCall{Ctx: c.Ctx, Dir: c.Dir, Op: c.Op, On: [2]*Descriptor{d}, atEnd: c.AtEnd}}
	p, err := s.slotOn(&made.q, d.Lane)
	if err != nil {
		return nil, err
	}
	made.q.underWay = true
	if err := made.q.enter(); err != nil {
		s.free(p)
		return nil, err
	}
	if !d.enter() {
		made.q.leave()
		s.free(p)
		return nil, ErrDescriptorClosed
	}
	made.apartCall = apartCall{loops: s, slot: p, on: d, loop: d.Loop}
	made.run(d, c)
	made.q.ending = made.ending
	return made, nil
}

// run has a goroutine make c.
func (made *laneCall) run(d *Descriptor, c ApartCall) {
	made.listed = d.Loop.Begin(Outside{
		Op: c.Op, State: proactor.StateRunning, On: d, Dir: c.Dir, Ctx: c.Ctx, Size: c.Size, Off: c.Off, Mount: made.slot.mount(),
	})
	made.start(func() error {
		return retryEINTR(d.FD, func(fd int) error {
			n, err := c.Call(fd)
			made.n = max(n, 0)
			return err
		})
	}, func(err error) {
		if c.Late != nil {
			c.Late(made.n, err)
		}
	}, func(err error) {
		d.releaseLeft(made.left)
		if c.Ended != nil {
			c.Ended(err)
		}
	})
}

// finish waits for the call.
func (made *laneCall) finish() (n int, left bool, err error) {
	defer made.q.leave()
	err = made.wait(made.q.Ctx, ends{queued: &made.q})
	if _, left = err.(*LeftError); left {
		return 0, true, err
	}
	return made.n, false, err
}

// MayLeave reports whether the caller of a call of no memory may leave it.
// A simulated call takes no time.
func (d *Descriptor) MayLeave(ctx context.Context, dir Direction) bool {
	return d.MayHang() || d.endable(ctx, dir) && !d.Loop.Loops.Simulated
}
