package fdcall

import (
	"context"
	"sync/atomic"
	"syscall"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/race"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// Most reads of files find what they want in the page cache, and a copy costs
// less than the way to the proactor and back. So a read of a regular file is
// first attempted by the caller's own goroutine, where the system can be told not
// to wait for a disk; see docs/decisions/pagecache.md.

// A cacheEstimate counts page-cache misses of one file, to decide whether an attempt without
// waiting (RWF_NOWAIT) is worth it.
type cacheEstimate struct {
	// misses counts attempts in a row that found nothing in the cache, and past
	// missesMax the reads since. Less than 0: no attempt can be made.
	misses atomic.Int32
}

// After missesMax in a row every missesStep-th read is an attempt. A miss costs
// a hundredth of the disk that it is followed by, and the memory of one that is
// left out a good deal less, so there is no hurry.
const (
	missesMax  = 16
	missesStep = 32
	neverAgain = -1 << 30
)

// Never makes no attempts from now on.
func (k *cacheEstimate) Never() { k.misses.Store(neverAgain) }

// worth reports whether the next read is to be an attempt.
func (k *cacheEstimate) worth() bool {
	n := k.misses.Load()
	if n < 0 || n < missesMax {
		return n >= 0
	}
	if n = k.misses.Add(1); n > 1<<20 {
		k.misses.Store(missesMax)
	}
	return n%missesStep == 0
}

func (k *cacheEstimate) hit() {
	if k.misses.Load() != 0 {
		k.misses.Store(0)
	}
}

func (k *cacheEstimate) miss() {
	if k.misses.Load() < missesMax {
		k.misses.Add(1)
	}
}

// readCached reads the bytes that are cached, without waiting. It reports whether they are
// the read's result. Otherwise the rest of p goes another way, which also finds the error,
// if there is one.
//
// A result of 0 does not mean the end of the file: Linux 5.9 and 5.10 return it also for
// pages that are not cached (preadv2(2), BUGS). An ordinary read decides then; at the end
// of the file it does not wait either.
func (d *Descriptor) readCached(ctx context.Context, p []byte, off int64) (n int, done bool) {
	if d.Loop.Loops.Off.Has(ablate.PageCache) || !d.Cached.worth() || ctx == nil || ctx.Err() != nil || d.Loop.isClosed() || !d.enter() {
		return 0, false
	}
	defer d.release()
	n, errno := readNowait(d.FD, p, off, true)
	switch {
	case errno == syscall.EOPNOTSUPP || errno == syscall.ENOSYS:
		d.Cached.Never()
		return 0, false
	case errno != 0:
		if !d.Loop.Loops.Off.Has(ablate.CacheHistory) {
			d.Cached.miss()
		}
		return 0, false
	case n == 0:
		n, errno = readNowait(d.FD, p, off, false)
		done = errno == 0
	case n < len(p):
		var more int
		more, errno = readNowait(d.FD, p[n:], after(off, n), true)
		n += more
		done = errno == 0 && (more == 0 || n == len(p))
	default:
		done = true
	}
	d.Cached.hit()
	return n, done
}

// after is the offset n bytes on. The current position moves by itself.
func after(off int64, n int) int64 {
	if off < 0 {
		return off
	}
	return off + int64(n)
}

// readNowait is sysfile.ReadCached, and tells the race detector.
func readNowait(fd int, p []byte, off int64, nowait bool) (int, syscall.Errno) {
	n, errno := sysfile.ReadCached(fd, p, off, nowait)
	if errno == 0 {
		race.Write(p[:n])
		race.Acquire()
	}
	return n, errno
}
