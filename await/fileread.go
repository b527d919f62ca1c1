package await

import (
	"context"
	goio "io"
	"os"
	"runtime"
	"syscall"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/proactor"
)

// transferMax is what goes to the kernel at once, as in package os: some systems
// fail beyond 2 GiB, and this many whole pages are under it.
const transferMax = 1 << 30

// Read reads up to len(p) bytes at the file's position into p, and advances the position. At the
// end of the file the error is io.EOF.
func (f *File) Read(p []byte) (int, error) { return f.ReadContext(context.Background(), p) }

// ReadContext is like Read, but returns when ctx ends. If data arrived before that took effect,
// it returns the data and a nil error.
func (f *File) ReadContext(ctx context.Context, p []byte) (int, error) {
	if f == nil {
		return 0, os.ErrInvalid
	}
	if len(p) == 0 {
		return 0, f.use("read", func(int) error { return nil })
	}
	n, err := f.readOn(ctx, p)
	if n == 0 && err == nil {
		return 0, goio.EOF
	}
	return n, f.failed("read", err)
}

// readOn is read at the position, if f has one.
func (f *File) readOn(ctx context.Context, p []byte) (n int, err error) {
	if f.kind >= sysfile.Positioned {
		if err := f.lock.LockOn(ctx, f.d, fdcall.Reading); err != nil {
			return 0, err
		}
		defer func() { f.unlockAfter(err) }()
	}
	return f.read(ctx, p, proactor.CurrentPosition)
}

// ReadAt reads len(p) bytes into p, from the byte off of the file on. It returns fewer bytes only
// with an error, which is io.EOF at the end of the file. The file's position does not change. On a
// pipe or a terminal it fails with ESPIPE.
func (f *File) ReadAt(p []byte, off int64) (int, error) {
	return f.ReadAtContext(context.Background(), p, off)
}

// ReadAtContext is like ReadAt, but returns when ctx ends, with the count of bytes read until
// then.
func (f *File) ReadAtContext(ctx context.Context, p []byte, off int64) (int, error) {
	if err := f.checkAt("readat", off); err != nil {
		return 0, err
	}
	ctx, end, err := f.admit(ctx, len(p))
	if err != nil {
		return 0, f.failed("read", err)
	}
	defer end()
	n := 0
	for n < len(p) {
		m, err := f.readAt(ctx, p[n:], off+int64(n))
		n += m
		switch {
		case err != nil:
			return n, f.failed("read", err)
		case m == 0:
			return n, goio.EOF
		}
	}
	return n, nil
}

// checkAt is why no call with an offset can be made.
func (f *File) checkAt(op string, off int64) error {
	switch {
	case f == nil:
		return os.ErrInvalid
	case off < 0:
		return f.failed(op, errNegativeOffset)
	}
	return nil
}

// readAt is read where there is a position. io_uring would ignore the offset
// where there is none.
func (f *File) readAt(ctx context.Context, p []byte, off int64) (int, error) {
	if f.kind == sysfile.Stream {
		return 0, f.notSeekable()
	}
	return f.read(ctx, p, off)
}

func (f *File) notSeekable() error {
	if f.d.Closed() {
		return fdcall.ErrDescriptorClosed
	}
	return syscall.ESPIPE
}

// read is one read.
func (f *File) read(ctx context.Context, p []byte, off int64) (int, error) {
	defer runtime.KeepAlive(f)
	t := fdcall.Transfer{Dir: fdcall.Reading, P: p[:min(len(p), transferMax)], Off: off}
	if f.kind >= sysfile.Positioned {
		t.Position = &f.lock // which ReadContext has
	}
	return f.d.Transfer(ctx, t)
}
