package fdcall

import (
	"context"
	"time"

	"github.com/awaitio/awaitio/internal/mounts"
	"github.com/awaitio/awaitio/proactor"
)

// CloseContext is Close of a file that ctx can end. On a mount that may hang, the deadline of writes
// ends it too. A close that has ended early goes on: the descriptor is closed when the kernel lets go.
// after is called when it is closed. It is not called if d was closed already.
func (d *Descriptor) CloseContext(ctx context.Context, after func()) error {
	if ctx == nil {
		return ErrNilContext
	}
	free, onlyLeft, err := d.beginClose()
	if err != nil {
		return err
	}
	if free != nil && !d.awaitFree(ctx, free, onlyLeft) {
		go func() {
			<-free
			_ = d.closeApart(context.Background(), after) // nobody is left to be told
		}()
		if ctx.Err() != nil {
			return &LeftError{EndOf(ctx)}
		}
		return ErrLeft
	}
	if d.MayHang() || d.Stored && !d.Loop.Loops.Simulated && (d.Lending == LendAlways || !Endless(ctx) || d.device().late.Load()) {
		return d.closeApart(ctx, after)
	}
	defer after()
	return d.closeNumber()
}

// awaitFree waits until nobody uses d, and reports whether that is so. It returns early if ctx ends,
// or if all remaining calls were left to the kernel.
func (d *Descriptor) awaitFree(ctx context.Context, free, onlyLeft <-chan struct{}) bool {
	if !d.Stored {
		ctx = context.Background()
	}
	grace := time.NewTimer(endGrace)
	defer grace.Stop()
	for {
		select {
		case <-free:
			return true
		case <-onlyLeft:
			return isClosed(free)
		case <-ctx.Done():
			return isClosed(free)
		case <-grace.C:
			d.holdAll()
		}
	}
}

// holdAll is hold for all calls that were not left.
func (d *Descriptor) holdAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.Stored {
		return
	}
	for dir := range d.side {
		for n := d.side[dir].calls.First; n != nil; n = n.Next {
			if w := n.Value; !w.left && !w.held {
				w.held = true
				d.Loop.Loops.held.Add(1)
			}
		}
	}
}

// closeApart closes the number, which nobody uses, on a goroutine of its own. close(2) may wait for
// what the file system has to write back, so it needs no free slot. ctx, the deadline of writes, and
// trouble with the mount or the device end the wait.
func (d *Descriptor) closeApart(ctx context.Context, after func()) error {
	p, hangs := slot{none: true}, func() bool { return d.device().late.Load() }
	if d.MayHang() {
		hangs = d.Lane.Hangs
		p = slot{lane: d.Lane, call: new(mounts.Call)}
		d.Lane.Adopt(p.call, time.Now(), false)
	}
	limited, stop := d.untilDeadline(ctx)
	defer stop()
	e := ends{done: limited.Done(), hangs: hangs, anyway: true}
	c := &leavableCall{loops: d.Loop.Loops, slot: p, loop: d.Loop}
	c.listed = d.Loop.Begin(Outside{Op: "close", State: proactor.StateRunning, On: d, Dir: Writing, Ctx: ctx, Off: -1, Mount: p.mount()})
	c.start(d.closeNumber, func(error) {}, func(error) { after() })
	err := c.wait(limited, e)
	switch _, left := err.(*LeftError); {
	case !left || ctx.Err() != nil:
		return err
	case limited.Err() != nil:
		return &LeftError{ErrDeadlinePassed}
	}
	return ErrLeft // the mount or the device is in trouble
}

// untilDeadline returns ctx with the deadline of writes, if the mount may hang.
func (d *Descriptor) untilDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	d.mu.Lock()
	deadline := d.side[Writing].deadline
	d.mu.Unlock()
	if !d.MayHang() || deadline.IsZero() {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline)
}
