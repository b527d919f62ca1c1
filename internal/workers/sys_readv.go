//go:build darwin || linux || openbsd

package workers

import "golang.org/x/sys/unix"

// Readv is preadv(2), and readv(2) where offset is negative.
func Readv(fd int, buffers [][]byte, offset int64) (int, error) {
	if offset < 0 {
		return unix.Readv(fd, buffers)
	}
	return unix.Preadv(fd, buffers, offset)
}

// Writev is pwritev(2), and writev(2) where offset is negative.
func Writev(fd int, buffers [][]byte, offset int64) (int, error) {
	if offset < 0 {
		return unix.Writev(fd, buffers)
	}
	return unix.Pwritev(fd, buffers, offset)
}
