package await

import (
	"context"
	"syscall"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// openCached opens a regular file or a directory that the kernel knows where to find,
// by the caller's own thread. It reports whether that is the result; otherwise
// nothing has happened, and the proactor opens the file or finds the words for
// why not.
//
// A FIFO is the proactor's, which can be stopped while it waits. What a name
// leads to may become one after it was looked at, and is then waited for; so an
// open that its context can end is not made here.
func (io *IO) openCached(ctx context.Context, name string, flag int) (fd int, done bool, err error) {
	if !sysfile.OpensCached || !fdcall.Endless(ctx) || io.opensNone.Load() || !sysfile.MayOpenCached(name, flag) {
		return 0, false, nil
	}
	var errno syscall.Errno
	err = io.loops.First().Blocking(ctx, func() error {
		fd, errno = sysfile.OpenCached(name, flag)
		return nil
	})
	switch {
	case err != nil || errno == 0:
		return fd, true, err
	case errno == syscall.ENOENT:
		return 0, true, errno
	case errno == syscall.ENOSYS, flag == sysfile.OpenFlags && (errno == syscall.EINVAL || errno == syscall.EPERM):
		io.opensNone.Store(true) // before Linux 5.12, or forbidden
	}
	return 0, false, nil
}
