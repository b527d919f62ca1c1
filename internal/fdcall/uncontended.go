package fdcall

import (
	"context"
	goio "io"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/awaitio/awaitio/internal/race"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// A call on a file of a local disk that is alone gains nothing from the proactor: there
// is no batch to be part of, and the way there and back costs the processor as much as
// the call. The caller's own thread waits for the disk then, as with package os. That
// is one thread at most: a second call is the proactor's, and so is one beside
// a call on a socket. See docs/decisions/alone.md.

// diskCalls are those of files on disks.
type diskCalls struct {
	underWay    atomic.Int32
	uncontended sync.Mutex // held by the one that is its caller's
}

// wait waits for the call that is its caller's, if there is one.
func (t *diskCalls) wait() {
	t.uncontended.Lock()
	defer t.uncontended.Unlock()
}

// Uncontended makes one call on d: own, on the caller's thread, or the proactor's.
func (d *Descriptor) Uncontended(ctx context.Context, own func(fd int) (int, error), proactors func() (int, error)) (int, error) {
	if !d.OnDisk {
		return proactors()
	}
	set := d.Loop.Loops
	transfers := &set.transfers
	first := transfers.underWay.Add(1) == 1
	defer transfers.underWay.Add(-1)
	if first && Endless(ctx) && set.idle() && transfers.uncontended.TryLock() {
		defer transfers.uncontended.Unlock()
		if !d.Loop.IsClosed() { // asked with the lock held, for which Close waits
			return d.onCaller(own)
		}
	}
	return proactors()
}

// Endless reports whether ctx cannot end. Nothing would end the call that blocks.
func Endless(ctx context.Context) bool { return ctx != nil && ctx.Done() == nil }

// OnThread makes a call on the caller's thread when fewer than Config.Workers block one.
// A write to the page cache is that: no kernel makes it without a thread, and the way to
// another thread costs more than most of them. See docs/decisions/held.md.
func (d *Descriptor) OnThread(ctx context.Context, own func(fd int) (int, error)) (n int, err error) {
	c := &QueuedCall{Ctx: ctx, Dir: Untimed}
	c.On[0] = d
	err = d.Loop.blockingFor(c, func() (err error) {
		n, err = d.onCaller(own)
		return err
	})
	return n, err
}

// onCaller makes a call that blocks the thread.
func (d *Descriptor) onCaller(own func(fd int) (int, error)) (n int, err error) {
	err = d.Use(func(fd int) error {
		return retryEINTR(fd, func(fd int) (err error) {
			n, err = own(fd)
			return err
		})
	})
	return max(n, 0), err
}

// Block runs a system call that blocks the thread, when fewer than Config.Workers
// do. What ends c ends the wait.
func (d *Descriptor) Block(c *QueuedCall, call func(fd int) error) error {
	if d.Closed() {
		return ErrDescriptorClosed
	}
	c.On[0] = d
	return d.Loop.blockingFor(c, func() error {
		return d.Use(func(fd int) error { return retryEINTR(fd, call) })
	})
}

func retryEINTR(fd int, call func(fd int) error) error {
	for {
		if err := call(fd); err != syscall.EINTR {
			return err
		}
	}
}

// ReadOnThread is a read on the caller's thread, at off or, where that is
// proactor.CurrentPosition, at the position.
func ReadOnThread(fd int, p []byte, off int64) (int, error) {
	n, err := sysfile.Read(fd, p, off)
	if err == nil {
		race.Acquire()
	}
	return n, err
}

// WriteOnThread is a write on the caller's thread, as ReadOnThread is a read.
func WriteOnThread(fd int, p []byte, off int64) (int, error) {
	race.Release()
	n, err := sysfile.Write(fd, p, off)
	return n, orShortWrite(n, err)
}

// WriteVOnThread is a write of several buffers on the caller's thread, at the position.
func WriteVOnThread(fd int, buffers [][]byte) (int, error) {
	race.Release()
	n, err := sysfile.WriteV(fd, buffers)
	return n, orShortWrite(n, err)
}

// orShortWrite is err, but for a write of nothing what the proactor tells of it: nobody is
// to write for ever.
func orShortWrite(n int, err error) error {
	if n == 0 && err == nil {
		return goio.ErrShortWrite
	}
	return err
}
