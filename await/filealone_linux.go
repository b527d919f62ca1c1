package await

import (
	goio "io"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/race"
	"github.com/awaitio/awaitio/proactor"
)

// readHere is read(2), or pread(2) where there is an offset.
func readHere(fd int, p []byte, off int64) (n int, err error) {
	if off == proactor.CurrentPosition {
		n, err = unix.Read(fd, p)
	} else {
		n, err = unix.Pread(fd, p, off)
	}
	if err == nil {
		race.Acquire()
	}
	return n, err
}

// writeHere is write(2), or pwrite(2) where there is an offset.
func writeHere(fd int, p []byte, off int64) (n int, err error) {
	race.Release()
	if off == proactor.CurrentPosition {
		n, err = unix.Write(fd, p)
	} else {
		n, err = unix.Pwrite(fd, p, off)
	}
	if n == 0 && err == nil {
		err = goio.ErrShortWrite // as the proactor tells it, and nobody writes for ever
	}
	return n, err
}

// syncHere is fsync(2), or fdatasync(2).
func syncHere(fd, flags int) error {
	if flags == proactor.FsyncDataOnly {
		return unix.Fdatasync(fd)
	}
	return unix.Fsync(fd)
}

// writeSyncHere writes all of p, then syncs. What is written it does not write again.
// If the sync fails nothing is known to be on the device, and the count is 0.
func writeSyncHere(fd int, p []byte, off int64) (n int, err error) {
	for n < len(p) {
		m, err := writeHere(fd, p[n:], after(off, n))
		switch err {
		case nil:
			n += m
		case unix.EINTR:
		default:
			return n, err
		}
	}
	if err := retryEINTR(fd, func(fd int) error { return syncHere(fd, 0) }); err != nil {
		return 0, err
	}
	return n, nil
}
