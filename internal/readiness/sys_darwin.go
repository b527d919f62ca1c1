package readiness

import "golang.org/x/sys/unix"

// msgNoSignal is nothing: here a socket has an option in its place.
const msgNoSignal = 0

func noSignal(fd int) {
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_NOSIGPIPE, 1) // no socket: the send will say so
}

func wantsNonblock(int) bool { return false }

// fsync asks for the drive's cache to be flushed too, which fsync(2) does not do
// here; file systems that cannot are asked for that.
func fsync(fd int, dataOnly bool) error {
	if !dataOnly {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_FULLFSYNC, 0); err == nil {
			return nil
		}
	}
	return unix.Fsync(fd)
}
