package await

import (
	"context"
	"os"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// Seek sets the file's position to offset, relative to the start, the position or the end as
// whence says (io.SeekStart, io.SeekCurrent, io.SeekEnd, or other values of the system, such as
// SEEK_HOLE), and returns the new position. It waits for a Read or Write that is under way. lseek(2).
func (f *File) Seek(offset int64, whence int) (int64, error) {
	return f.SeekContext(context.Background(), offset, whence)
}

// SeekContext is like Seek, but returns when ctx ends: while it waits for other calls and, on a
// file of a mount that may hang, while the system asks for the size.
func (f *File) SeekContext(ctx context.Context, offset int64, whence int) (at int64, err error) {
	if f == nil {
		return 0, os.ErrInvalid
	}
	if f.kind < sysfile.Positioned {
		return f.seekOf(offset, whence)
	}
	if err := f.lock.LockOn(ctx, f.d, fdcall.Untimed); err != nil {
		return 0, f.failed("seek", err)
	}
	if f.dir != nil {
		_, _ = f.dir.Seek(0, 1) // drops the entries it has read ahead; the rest is below
	}
	if !f.d.MayHang() { // a disk has the size in memory
		defer f.lock.Unlock()
		return f.seekOf(offset, whence)
	}
	defer func() { f.unlockAfter(err) }()
	return onFile(f, fileCall{ctx, "seek", fdcall.Untimed, f.lock.Unlock}, func(fd int) (int64, error) {
		return f.d.System().Seek(fd, offset, whence)
	})
}

// seekOf is lseek(2) that asks nobody.
func (f *File) seekOf(offset int64, whence int) (at int64, err error) {
	err = f.use("seek", func(fd int) (err error) {
		at, err = f.d.System().Seek(fd, offset, whence)
		return err
	})
	return at, err
}
