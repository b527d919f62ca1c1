package await

import (
	"context"
	"errors"
	"os"

	"github.com/awaitio/awaitio/internal/race"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// copyRangeMax is how much copy_file_range(2) is asked for at once, as nothing
// stops it and Close waits for it.
const copyRangeMax = 64 << 20

// copyRange has the kernel copy up to limit bytes from one file to another. It
// reports whether that is all there is to copy: if not, a plain copy goes on
// from where both positions are.
func (f *File) copyRange(from *File, limit int64) (n int64, done bool, err error) {
	if !sysfile.CopiesRanges || !f.copiesFrom(from) {
		return 0, false, nil
	}
	giveBoth, err := takeBoth(f, from)
	switch {
	case err != nil && f.d.closed():
		return 0, true, f.failed("write", err)
	case err != nil:
		return 0, false, nil // a plain copy finds the words for the other's close
	}
	defer giveBoth()
	for n < limit {
		m, err := f.copyOnce(from, min(limit-n, copyRangeMax))
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
	case f.lender != nil || from.lender != nil:
		return false
	}
	return !f.append
}

// takeBoth takes two files' turns, in an order that all agree on. It fails if one of
// them is closed first.
func takeBoth(f, g *File) (give func(), err error) {
	if f.d.fd > g.d.fd {
		f, g = g, f
	}
	on := [2]*descriptor{f.d, g.d}
	if err := f.turn.takeOnBoth(on); err != nil {
		return nil, err
	}
	if err := g.turn.takeOnBoth(on); err != nil {
		f.turn.give()
		return nil, err
	}
	return func() { f.turn.give(); g.turn.give() }, nil
}

// takeOnBoth is take for a copy between two files.
func (t *turn) takeOnBoth(on [2]*descriptor) error {
	if t.count.Add(1) == 1 {
		return nil
	}
	return t.wait(&queuedCall{ctx: context.Background(), dir: untimed, on: on})
}

func (f *File) copyOnce(from *File, most int64) (int64, error) {
	n := 0
	both := queuedCall{ctx: context.Background(), dir: untimed, on: [2]*descriptor{1: from.d}}
	err := f.blockFor(&both, "copy_file_range", func(to int) error {
		return from.d.use(func(source int) (err error) {
			race.Release()
			n, err = sysfile.CopyRange(to, source, int(most))
			if err == nil {
				race.Acquire()
			}
			return err
		})
	})
	return int64(max(n, 0)), err
}
