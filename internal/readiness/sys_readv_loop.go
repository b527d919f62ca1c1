//go:build dragonfly || freebsd || netbsd

package readiness

import "golang.org/x/sys/unix"

// Package unix has no readv(2) and writev(2) on these systems, so the buffers
// take turns. It makes a difference only to who reads or writes the same place
// at the same time.

// readv is preadv(2), and readv(2) where offset is negative.
func readv(fd int, buffers [][]byte, offset int64) (int, error) {
	return oneByOne(buffers, func(p []byte, done int) (int, error) {
		if offset < 0 {
			return unix.Read(fd, p)
		}
		return unix.Pread(fd, p, offset+int64(done))
	})
}

func writev(fd int, buffers [][]byte, offset int64) (int, error) {
	return oneByOne(buffers, func(p []byte, done int) (int, error) {
		if offset < 0 {
			return unix.Write(fd, p)
		}
		return unix.Pwrite(fd, p, offset+int64(done))
	})
}
