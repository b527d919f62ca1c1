//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import "golang.org/x/sys/unix"

// neverIdle is for operations that need not wait for a peer.
func neverIdle(int) bool { return false }

// acceptsNothing reports whether fd listens and no connection is waiting to be accepted.
func acceptsNothing(fd int) bool {
	if _, err := pollNow(fd, unix.POLLIN); err != unix.EAGAIN {
		return false
	}
	listens, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	return err == nil && listens != 0
}
