package fdcall

import (
	"context"
	goio "io"
	"slices"
	"sync"
	"syscall"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/race"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/proactor"
)

// A Transfer is one read or write of a file: of Buffers or, where that is nil, of P.
type Transfer struct {
	Dir     Direction
	P       []byte
	Buffers [][]byte
	Off     int64 // proactor.CurrentPosition: at the position

	// Position is held by the caller of a transfer at the position. One that was left to the
	// kernel is unlocked when it has ended.
	Position *FairLock

	Lent   *Buffer // that P is part of, or nil
	AtOnce bool    // Begin is not to wait for memory

	// AtEnd is nil, or called when something has ended it, before the kernel is waited for; and once more,
	// with held, if the kernel does not answer and has memory of the caller's.
	AtEnd func(held bool)
}

// A way is how a call on a file is made.
type way uint8

const (
	byLoop      way = iota // Route says by which
	leavable               // its caller may leave it: see Begin
	onThread               // on the caller's thread, where fewer than Config.Workers calls block one
	uncontended            // on the caller's thread at once: nothing else is under way
)

// wayOf is how a call on d is made. ownWork says that the kernel needs a thread for it: a
// write to the page cache, or a sync. Where the answer is uncontended, its lock is held.
//
//	call                                                        way
//	of memory that is lent or a Buffer's                        leavable
//	on anything but a file of a local disk                      byLoop, or leavable if something can end it
//	ctx cannot end, and nothing else is under way in the IO     uncontended
//	ownWork                                                     onThread
//	any other                                                   byLoop, or leavable if something can end it
//
// An uncontended call is part of no batch, and the way to a loop and back costs the processor as
// much as the call (docs/decisions/uncontended.md). That is one thread at most. With ownWork the way
// to another thread costs more than most calls (docs/decisions/held.md).
func (d *Descriptor) wayOf(ctx context.Context, first, ownWork, endable, lent bool) way {
	other := byLoop
	if endable {
		other = leavable
	}
	switch {
	case lent:
		return leavable
	case d.Kind != Disk:
		return other
	case first && Endless(ctx) && !endable && d.acquireUncontended():
		return uncontended
	case ownWork && !d.Loop.Loops.Off.Has(ablate.OwnThread):
		return onThread
	}
	return other
}

// Transfer makes one transfer, of as much as goes at once. A read is first attempted
// without waiting if its bytes may be in the page cache; the rest goes the way of wayOf.
func (d *Descriptor) Transfer(ctx context.Context, t Transfer) (int, error) {
	if d.timed(t.Dir) {
		if err := d.Check(t.Dir); err != nil {
			return 0, err
		}
	}
	if t.Dir == Reading && t.Buffers == nil {
		n, done := d.readCached(ctx, t.P, t.Off)
		if done {
			return n, nil
		}
		if n > 0 {
			t.P, t.Off = t.P[n:], after(t.Off, n)
			m, err := d.transfer(ctx, t)
			if _, left := err.(*LeftError); left {
				return n, err
			}
			return n + m, nil // there is something to return, and the next read meets the error
		}
	}
	return d.transfer(ctx, t)
}

func (d *Descriptor) transfer(ctx context.Context, t Transfer) (int, error) {
	first := d.enterDisk()
	defer d.leaveDisk()
	onlyLoop := t.Buffers != nil && t.Off >= 0 // not every system has a call for that
	endable := d.Lends(ctx, t.Dir)
	lent := t.Lent != nil || endable && d.lends(t.Dir, t.size())
	switch d.wayOf(ctx, first && !onlyLoop, t.Dir == Writing && d.Buffered && !onlyLoop, endable, lent) {
	case leavable:
		p, err := d.Begin(ctx, t)
		if err != nil {
			return 0, err
		}
		return p.Wait(ctx)
	case uncontended:
		defer d.Loop.Loops.diskCalls.uncontended.Unlock()
		return d.onCaller(t.outside(ctx, d, false), t.onThread)
	case onThread:
		return d.onThread(t.outside(ctx, d, endable), t.Dir, t.onThread)
	}
	w, err := d.start(ctx, t.Dir, t.Off, func(w *Waiter) error { return t.submit(w, d.FD, Deliver) })
	if err != nil {
		return 0, err
	}
	return d.Finish(w, t.Dir, w.Wait(ctx))
}

// outside is what t is listed as while its caller's thread makes it.
func (t *Transfer) outside(ctx context.Context, d *Descriptor, own bool) Outside {
	return Outside{
		Op: t.Dir.Op(), State: proactor.StateRunning, On: d, Dir: t.Dir, Ctx: ctx, Size: t.size(), Off: t.Off, own: own, brief: true,
	}
}

// OnThread makes a call with ownWork, as a sync, whose caller may not leave it. ctx and Close end
// the wait for a place; a call that runs is waited for.
func (d *Descriptor) OnThread(ctx context.Context, own func(fd int) (int, error)) (int, error) {
	first := d.enterDisk()
	defer d.leaveDisk()
	o := Outside{Op: "fsync", State: proactor.StateRunning, On: d, Dir: Untimed, Ctx: ctx, Off: -1}
	if d.wayOf(ctx, first, true, false, false) == uncontended {
		defer d.Loop.Loops.diskCalls.uncontended.Unlock()
		return d.onCaller(o, own)
	}
	return d.onThread(o, Writing, own)
}

// diskCalls are the calls on files of disks. Those under way are counted by loop: one count
// would pass from each processor to the next with each call.
type diskCalls struct {
	_           [64]byte
	uncontended sync.Mutex // held by the one on its caller's thread that nothing ends
	_           [64]byte
}

// enterDisk counts a call on d if d is a file of a disk, until leaveDisk, and reports whether
// it is the only one. Of two that enter at the same time neither may be.
func (d *Descriptor) enterDisk() (first bool) {
	return d.Kind == Disk && d.Loop.diskCalls.Add(1) == 1 && d.Loop.Loops.onlyDiskCalls(d.Loop)
}

func (d *Descriptor) leaveDisk() {
	if d.Kind == Disk {
		d.Loop.diskCalls.Add(-1)
	}
}

// onlyDiskCalls reports whether all calls on files of disks are on files of loop l.
func (s *Loops) onlyDiskCalls(l *Loop) bool {
	return !slices.ContainsFunc(s.loops(), func(other *Loop) bool { return other != l && other.diskCalls.Load() > 0 })
}

// wait waits for the uncontended call, if there is one.
func (c *diskCalls) wait() {
	c.uncontended.Lock()
	defer c.uncontended.Unlock()
}

// acquireUncontended reports whether a call may be the uncontended one, and then no other may
// until the lock is released.
func (d *Descriptor) acquireUncontended() bool {
	set := d.Loop.Loops
	if set.Busy.Load() || !set.idle() || !set.diskCalls.uncontended.TryLock() {
		return false
	}
	if d.Loop.isClosed() { // asked with the lock held, for which Close waits
		set.diskCalls.uncontended.Unlock()
		return false
	}
	return true
}

// Endless reports whether ctx cannot end. Nothing would end the call that blocks.
func Endless(ctx context.Context) bool { return ctx != nil && ctx.Done() == nil }

// onThread is onCaller when fewer than Config.Workers calls block a thread. The deadline of dir, the end of
// o's context and a close end the wait for that.
func (d *Descriptor) onThread(o Outside, dir Direction, own func(fd int) (int, error)) (n int, err error) {
	c := &QueuedCall{Ctx: o.Ctx, Dir: dir}
	c.On[0] = d
	err = d.Loop.blockingFor(c, func() (err error) {
		n, err = d.onCaller(o, own)
		return err
	})
	return n, err
}

// onCaller makes a call that blocks the thread, and lists it as o meanwhile.
func (d *Descriptor) onCaller(o Outside, own func(fd int) (int, error)) (n int, err error) {
	err = d.Use(func(fd int) error {
		listed := d.Loop.Begin(o)
		err := retryEINTR(fd, func(fd int) (err error) {
			n, err = own(fd)
			return err
		})
		d.Loop.Ended(listed, n, err)
		return err
	})
	return max(n, 0), err
}

// Block runs a system call that blocks the thread, when fewer than Config.Workers
// do. What ends c ends the wait. Where the caller may leave the call (see MayLeave), it ends that
// too: the call must not touch memory of the caller's.
func (d *Descriptor) Block(c *QueuedCall, call func(fd int) error) error {
	if d.Closed() {
		return ErrDescriptorClosed
	}
	if c.On[1] == nil && d.MayLeave(c.Ctx, c.Dir) {
		_, _, err := d.Apart(ApartCall{Ctx: c.Ctx, Dir: c.Dir, Op: c.op(), Off: -1, Call: func(fd int) (int, error) { return 0, call(fd) }})
		return err
	}
	c.On[0] = d
	return d.Loop.blockingFor(c, func() error {
		o := d.Loop.Begin(Outside{Op: c.op(), State: proactor.StateRunning, On: d, Dir: c.Dir, Ctx: c.Ctx, Off: -1})
		err := d.Use(func(fd int) error { return retryEINTR(fd, call) })
		d.Loop.Ended(o, 0, err)
		return err
	})
}

func retryEINTR(fd int, call func(fd int) error) error {
	for {
		if err := call(fd); err != syscall.EINTR {
			return err
		}
	}
}

// onThread is t on the caller's thread.
func (t *Transfer) onThread(fd int) (n int, err error) {
	if t.Dir == Reading {
		if n, err = sysfile.Read(fd, t.P, t.Off); err == nil {
			race.Acquire()
		}
		return n, err
	}
	race.Release()
	if t.Buffers == nil {
		n, err = sysfile.Write(fd, t.P, t.Off)
	} else {
		n, err = sysfile.WriteV(fd, t.Buffers)
	}
	if n == 0 && err == nil {
		err = goio.ErrShortWrite // as the proactor has it: nobody is to write for ever
	}
	return n, err
}

// submit has the proactor of w make t.
func (t *Transfer) submit(w *Waiter, fd int, done proactor.Callback) error {
	switch {
	case t.Buffers == nil && t.Dir == Reading:
		return w.Proactor.Read(&w.C, fd, t.P, t.Off, done)
	case t.Buffers == nil:
		return w.Proactor.Write(&w.C, fd, t.P, t.Off, done)
	case t.Dir == Reading:
		return w.Proactor.ReadV(&w.C, fd, t.Buffers, t.Off, done)
	}
	return w.Proactor.WriteV(&w.C, fd, t.Buffers, t.Off, done)
}
