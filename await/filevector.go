package await

import (
	"context"
	goio "io"
	"runtime"
	"syscall"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/internal/vector"
)

// ReadVAt is ReadAtContext into several buffers, which are filled in order.
func (f *File) ReadVAt(ctx context.Context, buffers [][]byte, off int64) (int, error) {
	if err := f.checkAt("readat", off); err != nil {
		return 0, err
	}
	return f.transferV(ctx, buffers, off, fdcall.Reading)
}

// WriteVAt is WriteAtContext from several buffers, which are written in order.
func (f *File) WriteVAt(ctx context.Context, buffers [][]byte, off int64) (int, error) {
	if err := f.checkWriteAt(off); err != nil {
		return 0, err
	}
	return f.transferV(ctx, buffers, off, fdcall.Writing)
}

// transferV transfers all of buffers, in as many parts as it takes.
func (f *File) transferV(ctx context.Context, buffers [][]byte, off int64, dir fdcall.Direction) (int, error) {
	op := dir.Op()
	if vector.Len(buffers) < 0 {
		return 0, f.failed(op, syscall.EINVAL)
	}
	ctx, end, err := f.admit(ctx, vector.Len(buffers))
	if err != nil {
		return 0, f.failed(op, err)
	}
	defer end()
	n := 0
	for buffers = vector.After(buffers, 0); len(buffers) > 0; {
		if f.kind == sysfile.Stream {
			return 0, f.failed(op, f.notSeekable())
		}
		m, err := f.vector(ctx, buffers[:min(len(buffers), buffersMax)], off+int64(n), dir)
		n += m
		switch {
		case err != nil:
			return n, f.failed(op, err)
		case m == 0:
			return n, goio.EOF
		}
		buffers = vector.After(buffers, m)
	}
	return n, nil
}

// vector is one transfer.
func (f *File) vector(ctx context.Context, buffers [][]byte, off int64, dir fdcall.Direction) (int, error) {
	defer runtime.KeepAlive(f)
	return f.d.Transfer(ctx, fdcall.Transfer{Dir: dir, Buffers: buffers, Off: off, Position: &f.lock})
}
