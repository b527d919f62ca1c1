//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package readiness

import (
	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/vector"
)

// readvNow leaves no part of a datagram out: it is received at once.
func readvNow(fd int, buffers [][]byte) (int, error) {
	switch socket, err := isSocket(fd); {
	case err != nil:
		return 0, err
	case socket:
		n, _, _, _, err := unix.RecvmsgBuffers(fd, buffers, nil, unix.MSG_DONTWAIT)
		return max(n, 0), err
	}
	return vector.OneByOne(buffers, func(p []byte, _ int) (int, error) { return readReady(fd, p) })
}

// writevNow is for buffers of which none is empty.
func writevNow(fd int, buffers [][]byte) (int, error) {
	switch socket, err := isSocket(fd); {
	case err != nil:
		return 0, err
	case socket:
		n := 0
		err := sending(fd, func() (err error) {
			n, err = unix.SendmsgBuffers(fd, buffers, nil, nil, sendFlags(fd, 0))
			return err
		})
		return max(n, 0), err
	}
	return writevReady(fd, buffers)
}
