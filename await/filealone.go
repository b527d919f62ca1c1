package await

import (
	"context"
	"sync"
	"sync/atomic"
)

// A call on a file of a local disk that is alone gains nothing from the proactor: there
// is no batch to be part of, and the way there and back costs the processor as much as
// the call. The caller's own thread waits for the disk then, as with package os. That
// is one thread at most: a second call finds company, and so does one beside a
// socket's. See docs/decisions/alone.md.

// transfers are those of files on disks.
type transfers struct {
	underWay atomic.Int32
	alone    sync.Mutex // held by the one that is its caller's
}

// wait waits for the call that is its caller's, if there is one.
func (t *transfers) wait() {
	t.alone.Lock()
	defer t.alone.Unlock()
}

// transfer makes one call on f: own, on the caller's thread, or the proactor's.
func (f *File) transfer(ctx context.Context, own func(fd int) (int, error), proactors func() (int, error)) (int, error) {
	if !f.d.onDisk {
		return proactors()
	}
	set := f.d.loop.set
	transfers := &set.transfers
	first := transfers.underWay.Add(1) == 1
	defer transfers.underWay.Add(-1)
	if first && endless(ctx) && set.quiet() && transfers.alone.TryLock() {
		defer transfers.alone.Unlock()
		if !f.d.loop.isClosed() { // asked with the lock held, for which Close waits
			return f.byCaller(own)
		}
	}
	return proactors()
}

// endless reports whether ctx cannot end. Nothing would end the call that blocks.
func endless(ctx context.Context) bool { return ctx != nil && ctx.Done() == nil }

// onThread makes a call on the caller's thread when fewer than Config.Workers block one.
// A write to the page cache is that: no kernel makes it without a thread, and the way to
// another thread costs more than most of them. See docs/decisions/held.md.
func (f *File) onThread(ctx context.Context, own func(fd int) (int, error)) (n int, err error) {
	c := &queuedCall{ctx: ctx, dir: untimed}
	c.on[0] = f.d
	err = f.d.loop.blockingFor(c, func() (err error) {
		n, err = f.byCaller(own)
		return err
	})
	return n, err
}

// byCaller makes a call that blocks the thread.
func (f *File) byCaller(own func(fd int) (int, error)) (n int, err error) {
	err = f.d.use(func(fd int) error {
		return retryEINTR(fd, func(fd int) (err error) {
			n, err = own(fd)
			return err
		})
	})
	return max(n, 0), err
}
