package await

import (
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
	source, left := r, int64(math.MaxInt64)
	part, limited := r.(*goio.LimitedReader)
	if limited {
		source, left = part.R, part.N
	}
	n, done := int64(0), false
	if from, ok := source.(*File); ok && from != nil && left > 0 {
		var err error
		n, done, err = f.copyRange(from, left)
		if limited {
			part.N -= n
		}
		if done || err != nil {
			return n, err
		}
	}
	m, err := f.copyPlain(f, r)
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
	if to, ok := w.(goio.ReaderFrom); ok {
		return to.ReadFrom(readerOnly{f})
	}
	return f.copyPlain(w, f)
}

// copyPlain copies with a buffer that is kept for the next copy. Nothing but Read
// and Write is seen of a File, which would ask for this copy again.
func (f *File) copyPlain(w goio.Writer, r goio.Reader) (int64, error) {
	if to, ok := w.(*File); ok {
		w = writerOnly{to}
	}
	if from, ok := r.(*File); ok {
		r = readerOnly{from}
	}
	return copyBuffered(f.d.Loop.Loops, w, r)
}
