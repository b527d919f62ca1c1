//go:build kqueue

package socket

import "golang.org/x/sys/unix"

// closeOnce does as FreeBSD, of every stream whose peer is gone.
func closeOnce(fd int) error {
	fds := [1]unix.PollFd{{Fd: int32(fd)}}
	_, _ = unix.Poll(fds[:], 0)
	kind, _ := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	err := unix.Close(fd)
	if err == nil && kind == unix.SOCK_STREAM && fds[0].Revents&unix.POLLHUP != 0 {
		err = unix.ECONNRESET
	}
	return err
}
