//go:build dragonfly || freebsd || netbsd

package workers

import (
	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/vector"
)

// Package unix has no readv(2) and writev(2) on these systems, so the buffers
// take turns. It makes a difference only to a program that reads or writes the same place
// at the same time.

// Readv is preadv(2), and readv(2) where offset is negative.
func Readv(fd int, buffers [][]byte, offset int64) (int, error) {
	return vector.OneByOne(buffers, func(p []byte, done int) (int, error) {
		if offset < 0 {
			return unix.Read(fd, p)
		}
		return unix.Pread(fd, p, offset+int64(done))
	})
}

// Writev is pwritev(2), and writev(2) where offset is negative.
func Writev(fd int, buffers [][]byte, offset int64) (int, error) {
	return vector.OneByOne(buffers, func(p []byte, done int) (int, error) {
		if offset < 0 {
			return unix.Write(fd, p)
		}
		return unix.Pwrite(fd, p, offset+int64(done))
	})
}
