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

// A Transfer is one read or write of a file: of Buffers or, if that is nil, of P.
type Transfer struct {
	Dir     Direction
	P       []byte
	Buffers [][]byte
	Off     int64 // proactor.CurrentPosition: at the position

	// Position is the lock of the position. The caller of a transfer at the position holds it. If the
	// caller leaves the transfer, the transfer unlocks it when it has ended.
	Position *FairLock

	Lent   *Buffer // that P is part of, or nil
	AtOnce bool    // Begin fails with ErrNoRoom instead of waiting for memory to lend

	Batch Batch // that the transfer is part of, or nil
}

// A way is how a call on a file is made.
type way uint8

const (
	byLoop      way = iota // by the loop that Descriptor.route chooses
	leavable               // its caller may leave it: see Begin
	onThread               // on the caller's thread, when fewer than Config.Workers calls block one
	uncontended            // on the caller's thread at once: nothing else is under way
)

// wayOf is how a call on d is made. first is the result of enterDisk. ownWork says that the kernel
// needs a thread for the call: it is a write to the page cache, or a sync. endable says that the
// caller may leave the call, and lent that its memory is lent or a Buffer's. If the answer is
// uncontended, the lock diskCalls.uncontended is held.
//
//	call                                                        way
//	of memory that is lent or a Buffer's                        leavable
//	on anything but a file of a local disk                      byLoop, or leavable if endable
//	ctx cannot end, and nothing else is under way in the IO     uncontended
//	ownWork                                                     onThread
//	any other                                                   byLoop, or leavable if endable
//
// An uncontended call is part of no batch, so a loop would not save a system call, and the way to it
// and back costs as much CPU as the call (docs/decisions/uncontended.md). At most one thread does this.
// With ownWork the way to a worker costs more than most calls (docs/decisions/held.md).
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

// Transfer makes one transfer, which may be short. A read is first attempted without waiting if its
// bytes may be in the page cache. The rest goes the way of wayOf.
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
			return n + m, nil // the next read meets the error, if there was one
		}
	}
	return d.transfer(ctx, t)
}

func (d *Descriptor) transfer(ctx context.Context, t Transfer) (int, error) {
	first := d.enterDisk()
	defer d.leaveDisk()
	onlyLoop := t.Buffers != nil && t.Off >= 0 // not every system has preadv(2) and pwritev(2)
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

// outside returns how t is listed while its caller's thread makes it.
func (t *Transfer) outside(ctx context.Context, d *Descriptor, own bool) Outside {
	return Outside{
		Op: t.Dir.Op(), State: proactor.StateRunning, On: d, Dir: t.Dir, Ctx: ctx, Size: t.size(), Off: t.Off, own: own, brief: true,
	}
}

// OnThread makes a call that needs a thread, such as a sync, and that its caller may not leave. ctx
// and Close end the wait for a slot, but not a call that runs.
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

// diskCalls has the lock of the uncontended call on a file of a disk. The calls under way are counted
// by each loop (Loop.diskCalls): the cache line of one count would pass between processors with each
// call.
type diskCalls struct {
	_           [64]byte
	uncontended sync.Mutex // held while the uncontended call runs
	_           [64]byte
}

// enterDisk counts a call on d until leaveDisk, if d is a file of a disk. It reports whether the call
// is the only one. If two enter at the same time, it may report false for both.
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

// wait waits for the uncontended call to end, if there is one.
func (c *diskCalls) wait() {
	c.uncontended.Lock()
	defer c.uncontended.Unlock()
}

// acquireUncontended reports whether a call may be the uncontended one, and then holds the lock.
func (d *Descriptor) acquireUncontended() bool {
	set := d.Loop.Loops
	if set.Busy.Load() || !set.idle() || !set.diskCalls.uncontended.TryLock() {
		return false
	}
	if d.Loop.isClosed() { // asked with the lock held: Close waits for the lock
		set.diskCalls.uncontended.Unlock()
		return false
	}
	return true
}

// Endless reports whether ctx cannot end.
func Endless(ctx context.Context) bool { return ctx != nil && ctx.Done() == nil }

// onThread waits until fewer than Config.Workers calls block a thread, and then is onCaller. The
// deadline of dir, the end of o's context, and a close end the wait.
func (d *Descriptor) onThread(o Outside, dir Direction, own func(fd int) (int, error)) (n int, err error) {
	c := &QueuedCall{Ctx: o.Ctx, Dir: dir}
	c.On[0] = d
	err = d.Loop.blockingFor(c, func() (err error) {
		n, err = d.onCaller(o, own)
		return err
	})
	return n, err
}

// onCaller makes a call that blocks the caller's thread, and lists it as o.
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

// Block makes a system call that blocks a thread, when fewer than Config.Workers calls do. What ends c
// ends the wait for that. If MayLeave is true, it ends the call too, so call must not touch memory of
// the caller's.
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

// onThread makes t on the caller's thread.
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
		err = goio.ErrShortWrite // as the proactor returns it: a caller's loop must not write for ever
	}
	return n, err
}

// submit submits t to the proactor of w.
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
