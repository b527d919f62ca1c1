package fdcall

import (
	"context"

	"github.com/awaitio/awaitio/proactor"
)

// A laneCall is a call under way on a file of a mount that may hang.
type laneCall struct {
	leavableCall
	n int
	q QueuedCall // hears what ends the call
}

// onLane is Apart on a mount that may hang.
func (d *Descriptor) onLane(c ApartCall) (n int, left bool, err error) {
	made, err := d.startOnLane(c)
	if err != nil {
		c.end(err)
		return 0, false, err
	}
	return made.finish()
}

// startOnLane waits for a slot and begins c. What ends the call ends the wait too.
func (d *Descriptor) startOnLane(c ApartCall) (*laneCall, error) {
	s := d.Loop.Loops
	if err := d.mayBegin(c.Ctx, c.Dir); err != nil {
		return nil, err
	}
	made := &laneCall{q: QueuedCall{Ctx: c.Ctx, Dir: c.Dir, Op: c.Op, On: [2]*Descriptor{d}, batch: c.Batch}}
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
	made.leavableCall = leavableCall{loops: s, slot: p, on: d, loop: d.Loop}
	made.run(d, c)
	made.q.ending = made.ending
	return made, nil
}

// mayBegin is why no call can begin, or nil.
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
		c.end(err)
	})
}

// finish waits for the call.
func (made *laneCall) finish() (n int, left bool, err error) {
	defer made.q.leave()
	err = made.wait(made.q.Ctx, ends{done: made.q.done, queued: &made.q})
	if _, left = err.(*LeftError); left {
		return 0, true, err
	}
	return made.n, false, err
}
