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

// writeVHere is writev(2) at the position.
func writeVHere(fd int, buffers [][]byte) (int, error) {
	race.Release()
	n, err := unix.Writev(fd, buffers)
	if n == 0 && err == nil {
		err = goio.ErrShortWrite
	}
	return n, err
}
