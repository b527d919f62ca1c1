package await

import (
	"context"
	"errors"
	"os"
	"runtime"

	"github.com/awaitio/awaitio/proactor"
)

// WriteAtSync is WriteAtContext followed by Sync, as one submission: io_uring
// runs the one after the other without coming back in between. With a nil error
// all of p is on the device. The position stays where it is.
func (f *File) WriteAtSync(ctx context.Context, p []byte, off int64) (int, error) {
	if err := f.checkWriteAt(off); err != nil {
		return 0, err
	}
	if f.kind == stream {
		return 0, f.failed("write", f.notSeekable())
	}
	return f.writeSync(ctx, p, off)
}

// AppendSync is WriteAtSync at the end of a file opened with O_APPEND, as the
// records of a log are: concurrent calls do not mix their bytes.
func (f *File) AppendSync(ctx context.Context, p []byte) (int, error) {
	switch {
	case f == nil:
		return 0, os.ErrInvalid
	case !f.append:
		return 0, f.failed("write", errNotAppending)
	}
	if err := f.turn.takeOn(ctx, f.d, writing); err != nil {
		return 0, f.failed("write", err)
	}
	defer f.turn.give()
	return f.writeSync(ctx, p, proactor.CurrentPosition)
}

// errNotAppending refuses AppendSync where it would not append.
var errNotAppending = errors.New("file was not opened with O_APPEND")

// writeSync writes p, in one part unless it is very long or the file abandonable.
func (f *File) writeSync(ctx context.Context, p []byte, off int64) (int, error) {
	if len(p) == 0 || len(p) > transferMax || f.lender != nil {
		n, err := f.writeAll(ctx, p, off)
		if err != nil {
			return n, f.failed("write", err)
		}
		return n, f.SyncContext(ctx)
	}
	defer runtime.KeepAlive(f)
	n, err := f.transfer(ctx, func(fd int) (int, error) {
		return writeSyncHere(fd, p, off)
	}, func() (int, error) {
		return f.d.call(ctx, writing, func(w *waiter) error {
			return w.p.WriteSync(&w.c, f.d.fd, p, off, 0, deliver)
		})
	})
	return n, f.failed("write", err)
}
