package await

import (
	"context"
	goio "io"
	"math"
	"os"
)

// ReadFrom copies from r to f, at f's position, until the end of r, and returns how many bytes it
// copied. From one regular File to another (or a LimitedReader of one) the kernel makes the copy
// if it can; both positions advance.
func (f *File) ReadFrom(r goio.Reader) (int64, error) {
	if f == nil {
		return 0, os.ErrInvalid
	}
	ctx, err := admit(f.d, context.Background())
	if err != nil {
		return 0, f.failed("write", err)
	}
	defer endAdmitted(f.d)
	source, left := r, int64(math.MaxInt64)
	part, limited := r.(*goio.LimitedReader)
	if limited {
		source, left = part.R, part.N
	}
	n, done := int64(0), false
	if from, ok := source.(*File); ok && from != nil && left > 0 {
		n, done, err = f.copyRange(ctx, from, left)
		if limited {
			part.N -= n
		}
		if done || err != nil {
			return n, err
		}
	}
	m, err := f.copyPlain(ctx, f, r)
	return n + m, err
}

// WriteTo copies from f's position to w until the end of f, and returns how many bytes it copied.
func (f *File) WriteTo(w goio.Writer) (int64, error) {
	if f == nil {
		return 0, os.ErrInvalid
	}
	if to, ok := w.(*File); ok && to != nil {
		return to.ReadFrom(f)
	}
	ctx, err := admit(f.d, context.Background())
	if err != nil {
		return 0, f.failed("read", err)
	}
	defer endAdmitted(f.d)
	if to, ok := w.(goio.ReaderFrom); ok {
		return to.ReadFrom(readerUntil{f, ctx})
	}
	return f.copyPlain(ctx, w, f)
}

// copyPlain copies with a buffer that is kept for the next copy. Nothing but Read
// and Write is seen of a File, which would ask for this copy again.
func (f *File) copyPlain(ctx context.Context, w goio.Writer, r goio.Reader) (int64, error) {
	if to, ok := w.(*File); ok {
		w = writerUntil{to, ctx}
	}
	if from, ok := r.(*File); ok {
		r = readerUntil{from, ctx}
	}
	return copyBuffered(f.d.Loop.Loops, w, r)
}
