//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import "golang.org/x/sys/unix"

// neverIdle is for socket.WithoutBlocking: the call has something to do at once, as connect(2) has.
func neverIdle(int) bool { return false }

// acceptsNothing is for socket.WithoutBlocking: it reports whether fd listens and no connection is
// waiting to be accepted.
func acceptsNothing(fd int) bool {
	if _, err := pollNow(fd, unix.POLLIN); err != unix.EAGAIN {
		return false
	}
	listens, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	return err == nil && listens != 0
}
