package fdcall

import (
	"context"
	"time"

	"github.com/awaitio/awaitio/internal/mounts"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/internal/vector"
	"github.com/awaitio/awaitio/proactor"
)

// A file of a mount that may hang is abandonable, and no ring gets it: io_uring would make the
// call within its submission or give it to one of a few threads that all files share. Each of
// its calls is a goroutine's, at a place of the mount's lane.

// A LaneCall is a call on such a file.
type LaneCall struct {
	Ctx  context.Context
	Dir  Direction
	Op   string
	Size int
	Off  int64 // negative: none
	Call func(fd int) (int, error)
	Late func(n int, err error) // nil, or called with the result when the caller has left
}

// MayHang reports whether calls on d are a goroutine's: see LaneCall.
func (d *Descriptor) MayHang() bool { return d.Bounce != nil && d.Bounce.lane != nil }

// OnLane makes c. left says that the caller has left it, and is the error's LeftError.
func (l *Bounce) OnLane(c LaneCall) (n int, left bool, err error) {
	d, s := l.d, l.d.Loop.Loops
	switch {
	case c.Ctx == nil:
		return 0, false, ErrNilContext
	case c.Ctx.Err() != nil:
		return 0, false, EndOf(c.Ctx)
	case s.endedForGood():
		return 0, false, proactor.ErrClosed
	}
	if err := d.Check(c.Dir); err != nil {
		return 0, false, err
	}
	p, err := s.slotOn(&QueuedCall{Ctx: c.Ctx, Dir: c.Dir, Op: c.Op, On: [2]*Descriptor{d}}, l.lane)
	if err != nil {
		return 0, false, err
	}
	if !d.enter() {
		s.free(p)
		return 0, false, ErrDescriptorClosed
	}
	made := l.start(c, p)
	err = made.wait(c.Ctx, ends{deadline: l.alarms[c.Dir].wait(), closed: l.closed})
	if _, left = err.(*LeftError); left {
		return 0, true, err
	}
	return made.n, false, err
}

// A laneCall is under way.
type laneCall struct {
	apartCall
	n int
}

func (l *Bounce) start(c LaneCall, p slot) *laneCall {
	d := l.d
	listed := d.Loop.Begin(Outside{Op: c.Op, State: proactor.StateRunning, On: d, Dir: c.Dir, Ctx: c.Ctx, Size: c.Size, Off: c.Off})
	made := &laneCall{apartCall: apartCall{loops: d.Loop.Loops, slot: p}}
	made.apartCall.start(func() error {
		return retryEINTR(d.FD, func(fd int) error {
			n, err := c.Call(fd)
			made.n = max(n, 0)
			return err
		})
	}, func(err error) {
		if c.Late != nil {
			c.Late(made.n, err)
		}
	}, func() {
		d.Loop.End(listed)
		d.release()
	})
	return made
}

// onLane is transfer by a goroutine. buf is the kernel's until it has answered.
func (l *Bounce) onLane(ctx context.Context, t Transfer, buf []byte) (n int, left bool, err error) {
	return l.OnLane(LaneCall{
		Ctx: ctx, Dir: t.Dir, Op: t.Dir.Op(), Size: len(t.P), Off: t.Off, Call: t.onThread,
		Late: func(n int, err error) {
			if t.Off < 0 && t.Dir == Reading && n > 0 {
				_, _ = sysfile.Seek(l.d.FD, -int64(n), 1) // what nobody got is read again
			}
			if t.Off < 0 && t.Position != nil {
				t.Position.Unlock()
			}
			l.release(buf)
		},
	})
}

// vectorOnLane is transfer of several buffers. They are one request to the file system, of
// bounceMax bytes at most.
func (l *Bounce) vectorOnLane(ctx context.Context, t Transfer) (int, error) {
	whole := make([]byte, min(vector.Len(t.Buffers), bounceMax))
	parts := t.Buffers
	t.P, t.Buffers = whole, nil
	if t.Dir == Writing {
		rest := whole
		for _, b := range parts {
			rest = rest[copy(rest, b):]
		}
	}
	n, err := l.transfer(ctx, t)
	if t.Dir == Reading {
		rest := whole[:n]
		for _, b := range parts {
			rest = rest[copy(b, rest):]
		}
	}
	return n, err
}

// closeLane is Close. Callers leave within endGrace; what the kernel has longer is before the
// close, which then waits behind its caller.
func (l *Bounce) closeLane(ctx context.Context, free <-chan struct{}, after func()) error {
	if free == nil {
		return l.closeOnLane(ctx, after)
	}
	grace := time.NewTimer(endGrace)
	defer grace.Stop()
	select {
	case <-free:
		return l.closeOnLane(ctx, after)
	case <-grace.C:
	}
	go func() {
		<-free
		_ = l.closeOnLane(context.Background(), after) // nobody is left to be told
	}()
	return ErrLeft
}

// closeOnLane closes the descriptor, which nobody uses. What a file system has to write back
// may take it any time: a close has a place whether there is one or not. ctx and the deadline of
// writes end the wait, and so does a mount that does not answer others.
func (l *Bounce) closeOnLane(ctx context.Context, after func()) error {
	d := l.d
	p := slot{lane: l.lane, call: new(mounts.Call)}
	l.lane.Adopt(p.call, time.Now())
	a := &apartCall{loops: d.Loop.Loops, slot: p}
	listed := d.Loop.Begin(Outside{Op: "close", State: proactor.StateRunning, On: d, Dir: Writing, Ctx: ctx, Off: -1})
	a.start(func() error { return d.Loop.Loops.CloseNow(d.FD) }, func(error) {}, func() {
		d.Loop.End(listed)
		after()
	})
	return a.wait(ctx, ends{deadline: l.alarms[Writing].wait(), hangs: l.lane.Hangs, anyway: true})
}

// syncOnLane is Sync. Each caller has its own, which tells it all that the system has to tell of
// the open file.
func (l *Bounce) syncOnLane(ctx context.Context, flags int) error {
	_, _, err := l.OnLane(LaneCall{Ctx: ctx, Dir: Writing, Op: "fsync", Off: -1, Call: func(fd int) (int, error) {
		return 0, sysfile.Fsync(fd, flags == proactor.FsyncDataOnly)
	}})
	return err
}
