package fdcall

import "context"

// A Pending is a transfer that has begun and that its caller may leave. It is made in one of three
// ways, whose fields are set.
type Pending struct {
	asked Transfer

	c *loopCall // by a loop
	w *Waiter

	thread *threadCall // by a goroutine, on a disk

	lane *laneCall // by a goroutine, on a mount that may hang
	lent *lentTransfer
}

// Begin begins t. Unless it returns an error, Wait must follow with the same context.
func (d *Descriptor) Begin(ctx context.Context, t Transfer) (p Pending, err error) {
	if err := d.mayBegin(ctx, t.Dir); err != nil {
		return p, err
	}
	p.asked = t
	c := newLoopCall(d.Loop.Loops)
	c.queued = QueuedCall{Ctx: ctx, Dir: t.Dir, On: [2]*Descriptor{d}}
	c.queued.heed()
	l, err := d.lend(&c.queued, t)
	if err != nil {
		c.recycle()
		return p, err
	}
	panics := true
	defer func() {
		if panics { // the context has, before the transfer began
			l.giveBack(nil)
		}
	}()
	switch {
	case l.canLeave() && d.MayHang():
		c.recycle()
		err = p.beginOnLane(ctx, l)
	case l.canLeave() && d.goesApart(t.Dir):
		c.recycle()
		err = p.beginOnThread(ctx, l)
	default:
		if p.w, err = c.start(ctx, l); err == nil {
			p.c = c
			break
		}
		c.giveBack(nil)
		c.recycle()
	}
	panics = false
	return p, err
}

// goesApart reports whether a goroutine of its own makes a transfer that its caller may leave. One
// does if a loop would give the transfer to a worker, or might itself hang in it.
func (d *Descriptor) goesApart(dir Direction) bool {
	if !d.Stored || d.Loop.Loops.Simulated {
		return false
	}
	return d.Lending == LendAlways || dir == Writing && d.Buffered || !d.Loop.Loops.WaitsInKernel() || d.device().late.Load()
}

func (p *Pending) beginOnThread(ctx context.Context, l lentTransfer) error {
	p.thread = newThreadCall(l.d.Loop.Loops)
	p.thread.lentTransfer = l
	p.thread.call = ApartCall{Ctx: ctx, Dir: l.t.Dir, Op: l.t.Dir.Op(), Size: len(l.t.P), Off: l.t.Off, Batch: l.t.Batch}
	err := p.thread.start(l.d)
	if err != nil {
		p.thread.giveBack(nil)
		p.thread.recycle()
	}
	return err
}

func (p *Pending) beginOnLane(ctx context.Context, l lentTransfer) (err error) {
	p.lent = &l
	p.lane, err = l.d.startOnLane(ApartCall{
		Ctx: ctx, Dir: l.t.Dir, Op: l.t.Dir.Op(), Size: len(l.t.P), Off: l.t.Off, Call: l.t.onThread, Late: l.late, Batch: l.t.Batch,
	})
	if err != nil {
		l.giveBack(nil)
	}
	return err
}

// Wait waits for the transfer. If something has ended it and the kernel does not answer within the
// grace, Wait leaves it and returns a *LeftError, unless the kernel has the caller's own memory. The
// error is the bare cause.
func (p *Pending) Wait(ctx context.Context) (n int, err error) {
	left := false
	switch {
	case p.c != nil:
		n, left, err = p.waitForLoop(ctx)
	case p.thread != nil:
		n, left, err = p.waitForThread(ctx)
	default:
		if n, left, err = p.lane.finish(); !left {
			p.lent.settle(n, err)
		}
	}
	if b := p.asked.Lent; b != nil && left {
		b.replace(p.asked.keep(b))
	}
	return n, err
}

func (p *Pending) waitForLoop(ctx context.Context) (n int, left bool, err error) {
	d, dir := p.c.d, p.asked.Dir
	r, left := p.c.wait(ctx, p.w)
	if left {
		return 0, true, r.Err
	}
	n, err = d.Finish(p.w, dir, r)
	p.c.settle(n, r.Err)
	p.c.recycle()
	return n, false, err
}

func (p *Pending) waitForThread(ctx context.Context) (n int, left bool, err error) {
	c := p.thread
	if left, err = c.wait(ctx); left {
		return 0, true, err
	}
	n = c.n
	c.settle(n, err)
	c.recycle()
	return n, false, err
}
