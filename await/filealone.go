package await

import (
	"context"
	"sync/atomic"
)

// A call on a file of a local disk that is alone gains nothing from the proactor: there
// is no batch to be part of, and the way there and back costs the processor as much as
// the call. The caller's own thread waits for the disk then, as with package os. That
// is one thread at most: a second call finds company, and so do those beside a socket's.
// See docs/decisions/alone.md.

// transfers counts those of files on disks that are under way.
type transfers struct{ underWay atomic.Int32 }

// transfer makes one call on f: own, on the caller's thread, or the proactor's.
func (f *File) transfer(ctx context.Context, own func(fd int) (int, error), proactors func() (int, error)) (int, error) {
	if !f.onDisk {
		return proactors()
	}
	io := f.d.io
	first := io.transfers.underWay.Add(1) == 1
	defer io.transfers.underWay.Add(-1)
	if first && endless(ctx) && io.quiet() {
		return f.byCaller(ctx, own)
	}
	return proactors()
}

// endless reports whether ctx cannot end. Nothing would end the call that blocks.
func endless(ctx context.Context) bool { return ctx != nil && ctx.Done() == nil }

// quiet reports whether the proactor has nothing under way.
func (io *IO) quiet() bool {
	s := io.stats()
	return s.Queued == 0 && s.InFlight == 0
}

// byCaller makes a call that blocks the thread. IO.Close waits for it.
func (f *File) byCaller(ctx context.Context, own func(fd int) (int, error)) (n int, err error) {
	err = f.d.io.blocking(ctx, func() error {
		return f.d.use(func(fd int) error {
			return retryEINTR(fd, func(fd int) (err error) {
				n, err = own(fd)
				return err
			})
		})
	})
	return max(n, 0), err
}
