package await

import (
	"context"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// opensElsewhere are the flags of an open that changes something, or that needs
// no way of its own.
const opensElsewhere = unix.O_CREAT | unix.O_TRUNC | unix.O_TMPFILE&^unix.O_DIRECTORY | unix.O_PATH

// openNow opens a regular file or a directory that the kernel finds in its cache.
// It reports whether that is the result; otherwise nothing has happened, and the
// proactor opens the file or finds the words for why not.
//
// The file is looked up as a mere place first, which waits for nothing and lets
// go on nobody at the other end of a FIFO, and is opened when it has told what it
// is, by that place: what the name leads to may be another by then.
func (io *IO) openNow(ctx context.Context, name string, flag int) (fd int, done bool, err error) {
	if flag&opensElsewhere != 0 || ctx == nil || ctx.Err() != nil || io.noPlaces.Load() {
		return 0, false, nil
	}
	if len(name) >= pathMax || strings.IndexByte(name, 0) >= 0 {
		return 0, false, nil
	}
	var room [256]byte
	path := append(append(room[:0], name...), 0)
	place, errno := openCached(path, unix.O_PATH|unix.O_CLOEXEC|flag&(unix.O_NOFOLLOW|unix.O_DIRECTORY))
	switch errno {
	case 0:
	case unix.ENOSYS, unix.EINVAL, unix.EPERM: // before 5.12, or forbidden
		io.noPlaces.Store(true)
		return 0, false, nil
	default:
		return 0, false, nil
	}
	defer func() { _ = closeNow(place) }()
	if !waitsForNobody(place) {
		return 0, false, nil
	}
	path = strconv.AppendInt(append(room[:0], "/proc/self/fd/"...), int64(place), 10)
	path = append(path, 0)
	err = io.blocking(ctx, func() error {
		fd, errno = openPath(path, flag&^unix.O_NOFOLLOW)
		return nil
	})
	return fd, err != nil || errno == 0, err
}

// pathMax is the kernel's PATH_MAX, with the NUL.
const pathMax = 4096

// waitsForNobody reports whether what is at place is a file whose open waits for
// nobody to open it too. What the kernel knows will do, and no server is asked.
func waitsForNobody(place int) bool {
	var s unix.Statx_t
	err := unix.Statx(place, "", unix.AT_EMPTY_PATH|unix.AT_STATX_DONT_SYNC, unix.STATX_TYPE, &s)
	kind := s.Mode & unix.S_IFMT
	return err == nil && (kind == unix.S_IFREG || kind == unix.S_IFDIR)
}
