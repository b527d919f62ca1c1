package await

import (
	"context"
	"os"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// Seek sets the position to offset, taken from the start, the position or the
// end by whence (io.SeekStart, io.SeekCurrent, io.SeekEnd, or what else the
// system knows, such as SEEK_HOLE), and returns it. It waits for the Read or
// Write that is under way.
func (f *File) Seek(offset int64, whence int) (int64, error) {
	if f == nil {
		return 0, os.ErrInvalid
	}
	if f.kind >= sysfile.Positioned {
		if err := f.lock.LockOn(context.Background(), f.d, fdcall.Untimed); err != nil {
			return 0, f.failed("seek", err)
		}
		defer f.lock.Unlock()
	}
	if f.dir != nil {
		_, _ = f.dir.Seek(0, 1) // drops the entries it has read ahead; the rest is below
	}
	at := int64(0)
	err := f.use("seek", func(fd int) (err error) {
		at, err = sysfile.Seek(fd, offset, whence)
		return err
	})
	if err != nil {
		return 0, err
	}
	return at, nil
}
