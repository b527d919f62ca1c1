package await

import (
	goio "io"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/proactor"
)

// readHere is read(2), or pread(2) where there is an offset.
func readHere(fd int, p []byte, off int64) (int, error) {
	if off == proactor.CurrentPosition {
		return unix.Read(fd, p)
	}
	return unix.Pread(fd, p, off)
}

// writeHere is write(2), or pwrite(2) where there is an offset.
func writeHere(fd int, p []byte, off int64) (int, error) {
	if off == proactor.CurrentPosition {
		return unix.Write(fd, p)
	}
	return unix.Pwrite(fd, p, off)
}

// syncHere is fsync(2), or fdatasync(2).
func syncHere(fd, flags int) error {
	if flags == proactor.FsyncDataOnly {
		return unix.Fdatasync(fd)
	}
	return unix.Fsync(fd)
}

// writeSyncHere writes all of p, then syncs. What is written it does not write again.
func writeSyncHere(fd int, p []byte, off int64) (n int, err error) {
	for n < len(p) {
		m, err := writeHere(fd, p[n:], after(off, n))
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return n, err
		case m == 0:
			return n, goio.ErrNoProgress
		}
		n += m
	}
	return n, retryEINTR(fd, func(fd int) error { return syncHere(fd, 0) })
}
