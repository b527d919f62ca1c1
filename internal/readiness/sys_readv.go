//go:build darwin || linux || openbsd

package readiness

import "golang.org/x/sys/unix"

// readv is preadv(2), and readv(2) where offset is negative.
func readv(fd int, buffers [][]byte, offset int64) (int, error) {
	if offset < 0 {
		return unix.Readv(fd, buffers)
	}
	return unix.Preadv(fd, buffers, offset)
}

func writev(fd int, buffers [][]byte, offset int64) (int, error) {
	if offset < 0 {
		return unix.Writev(fd, buffers)
	}
	return unix.Pwritev(fd, buffers, offset)
}
