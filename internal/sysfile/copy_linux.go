package sysfile

import (
	"errors"

	"golang.org/x/sys/unix"
)

// CopiesRanges reports whether the kernel copies from file to file: CopyRange.
const CopiesRanges = true

// CopyRange has the kernel copy up to limit bytes between the positions of two files.
func CopyRange(to, from, limit int) (int, error) {
	return unix.CopyFileRange(from, nil, to, nil, limit, 0)
}

// MayCopyPlainly reports whether a plain copy may do better than a CopyRange that failed
// with err, or fail with a better error.
func MayCopyPlainly(err error) bool {
	for _, e := range []unix.Errno{
		unix.ENOSYS, unix.EXDEV, unix.EINVAL, unix.EOPNOTSUPP, unix.EIO, unix.EPERM,
		unix.EISDIR, unix.EOVERFLOW, unix.ETXTBSY, unix.ENOMEM,
		unix.EBADF, // one is not open for that, or O_APPEND has been set since
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
