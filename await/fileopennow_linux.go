package await

import (
	"context"
	"strings"

	"golang.org/x/sys/unix"
)

// opensElsewhere are the flags of an open that changes something, or that needs
// no way of its own.
const opensElsewhere = unix.O_CREAT | unix.O_TRUNC | unix.O_TMPFILE&^unix.O_DIRECTORY | unix.O_PATH

// pathMax is the kernel's PATH_MAX, with the NUL.
const pathMax = 4096

// openNow opens a regular file or a directory that the kernel knows where to find,
// by the caller's own thread. It reports whether that is the result; otherwise
// nothing has happened, and the proactor opens the file or finds the words for
// why not.
//
// A FIFO is the proactor's, which can be stopped while it waits. What a name
// leads to may become one after it was looked at, and is then waited for; so an
// open that its context can end is not made here.
func (io *IO) openNow(ctx context.Context, name string, flag int) (fd int, done bool, err error) {
	if flag&opensElsewhere != 0 || !endless(ctx) || io.opensNone.Load() {
		return 0, false, nil
	}
	if len(name) >= pathMax || strings.IndexByte(name, 0) >= 0 {
		return 0, false, nil
	}
	var room [256]byte
	path := append(append(room[:0], name...), 0)
	var errno unix.Errno
	err = io.loops.first().blocking(ctx, func() error {
		if errno = waitsForOthers(path); errno == 0 {
			fd, errno = openCached(path, flag)
		}
		return nil
	})
	switch {
	case err != nil || errno == 0:
		return fd, true, err
	case errno == unix.ENOENT && flag&unix.O_NOFOLLOW == 0:
		return 0, true, errno
	case errno == unix.ENOSYS, flag == openFlags && (errno == unix.EINVAL || errno == unix.EPERM):
		io.opensNone.Store(true) // before Linux 5.12, or forbidden
	}
	return 0, false, nil
}

// waitsForOthers is why the open of a path that ends with NUL might wait for
// somebody to open it too. What the kernel knows of the file will do.
func waitsForOthers(path []byte) unix.Errno {
	var s unix.Statx_t
	errno := statNow(unix.AT_FDCWD, path, unix.AT_STATX_DONT_SYNC, unix.STATX_TYPE, &s)
	if kind := s.Mode & unix.S_IFMT; errno == 0 && kind != unix.S_IFREG && kind != unix.S_IFDIR {
		return unix.EAGAIN
	}
	return errno
}
