package await

import (
	"context"
	"errors"
	"os"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/race"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// copyRangeMax is how much copy_file_range(2) is asked for at once, as nothing
// stops it and Close waits for it.
const copyRangeMax = 64 << 20

// copyRange has the kernel copy up to limit bytes from one file to another. It
// reports whether that is all there is to copy: if not, a plain copy goes on
// from where both positions are.
func (f *File) copyRange(ctx context.Context, from *File, limit int64) (n int64, done bool, err error) {
	if !sysfile.CopiesRanges || !f.copiesFrom(from) {
		return 0, false, nil
	}
	giveBoth, err := lockBoth(f, from)
	switch {
	case err != nil && f.d.Closed():
		return 0, true, f.failed("write", err)
	case err != nil:
		return 0, false, nil // a plain copy finds the words for the other's close
	}
	defer giveBoth()
	for n < limit {
		m, err := f.copyOnce(ctx, from, min(limit-n, copyRangeMax))
		switch {
		case err != nil && (sysfile.MayCopyPlainly(err) || errors.Is(err, os.ErrClosed)): // or that finds better words
			return n, false, nil
		case err != nil:
			return n, true, err
		case m == 0:
			return n, n > 0, nil // of nothing at all: some file systems say so of what is not empty
		}
		n += m
	}
	return n, true, nil
}

// copiesFrom reports whether the kernel may be able to copy.
func (f *File) copiesFrom(from *File) bool {
	switch {
	case f == from || f.kind != sysfile.Regular || from.kind != sysfile.Regular:
		return false
	case f.mayHang() || from.mayHang():
		return false
	}
	return !f.append
}

// mayHang reports whether no call on f is to hold up its caller, though nothing ends the call's
// context.
func (f *File) mayHang() bool { return f.d.MayHang() || f.d.Lending == LendAlways }

// lockBoth locks the positions of two files, in an order that all agree on. It fails if one of
// them is closed first.
func lockBoth(f, g *File) (unlock func(), err error) {
	if f.d.FD > g.d.FD {
		f, g = g, f
	}
	on := [2]*fdcall.Descriptor{f.d, g.d}
	if err := f.lock.LockOnBoth(on); err != nil {
		return nil, err
	}
	if err := g.lock.LockOnBoth(on); err != nil {
		f.lock.Unlock()
		return nil, err
	}
	return func() { f.lock.Unlock(); g.lock.Unlock() }, nil
}

func (f *File) copyOnce(ctx context.Context, from *File, most int64) (int64, error) {
	n := 0
	both := fdcall.QueuedCall{Ctx: ctx, Dir: fdcall.Untimed, On: [2]*fdcall.Descriptor{1: from.d}}
	err := f.blockFor(&both, "copy_file_range", func(to int) error {
		return from.d.Use(func(source int) (err error) {
			race.Release()
			n, err = f.d.System().CopyRange(to, source, int(most))
			if err == nil {
				race.Acquire()
			}
			return err
		})
	})
	return int64(max(n, 0)), err
}
