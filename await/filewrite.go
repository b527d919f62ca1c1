package await

import (
	"context"
	"os"
	"runtime"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// Write writes all of p at the file's position, or at the end of a file opened with O_APPEND, and
// advances the position. It returns a count below len(p) only with an error. Concurrent writes do
// not mix their bytes.
func (f *File) Write(p []byte) (int, error) { return f.WriteContext(context.Background(), p) }

// WriteContext is like Write, but returns when ctx ends, with the count of bytes written until
// then.
func (f *File) WriteContext(ctx context.Context, p []byte) (int, error) {
	if f == nil {
		return 0, os.ErrInvalid
	}
	if len(p) == 0 {
		return 0, f.use("write", f.d.System().WriteNothing)
	}
	n, err := f.appendRecord(ctx, record{whole: p})
	return n, f.failed("write", err)
}

// WriteString is Write of a string's bytes.
func (f *File) WriteString(s string) (int, error) { return f.Write(bytesOf(s)) }

// WriteAt writes all of p, from the byte off of the file on. It returns a count below len(p) only
// with an error. The file's position does not change. It fails on a file opened with O_APPEND, and
// with ESPIPE on a pipe or a terminal.
func (f *File) WriteAt(p []byte, off int64) (int, error) {
	return f.WriteAtContext(context.Background(), p, off)
}

// WriteAtContext is like WriteAt, but returns when ctx ends, with the count of bytes written
// until then.
func (f *File) WriteAtContext(ctx context.Context, p []byte, off int64) (int, error) {
	if err := f.checkWriteAt(off); err != nil {
		return 0, err
	}
	if len(p) == 0 {
		return 0, nil
	}
	if f.kind == sysfile.Stream {
		return 0, f.failed("write", f.notSeekable())
	}
	n, err := f.writeAll(ctx, p, off)
	return n, f.failed("write", err)
}

func (f *File) checkWriteAt(off int64) error {
	if f != nil && f.append {
		return errWriteAtAppending
	}
	return f.checkAt("writeat", off)
}

// writeAll writes p in as many parts as it takes, at off or at the position.
func (f *File) writeAll(ctx context.Context, p []byte, off int64) (int, error) {
	ctx, end, err := f.admit(ctx, len(p))
	if err != nil {
		return 0, err
	}
	defer end()
	n := 0
	for n < len(p) {
		at := off
		if at >= 0 {
			at += int64(n)
		}
		m, err := f.write(ctx, p[n:], at)
		n += m
		if err != nil && !f.d.Loop.Loops.Simulated {
			m, err = sysfile.BrokenPipe(f.d.FD, p[n:], err)
			n += m
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// write is one write, of all that goes at once.
func (f *File) write(ctx context.Context, p []byte, off int64) (int, error) {
	defer runtime.KeepAlive(f)
	return f.d.Transfer(ctx, fdcall.Transfer{Dir: fdcall.Writing, P: p[:min(len(p), transferMax)], Off: off, Position: &f.lock})
}
