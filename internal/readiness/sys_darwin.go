package readiness

import "golang.org/x/sys/unix"

// msgNoSignal is nothing: here a socket has an option in its place.
const msgNoSignal = 0

func noSignal(fd int) {
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_NOSIGPIPE, 1) // no socket: the send will say so
}

func wantsNonblock(int) bool { return false }
