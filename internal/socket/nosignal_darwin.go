package socket

import "golang.org/x/sys/unix"

// NoSignal is nothing: here a socket has an option in its place.
const NoSignal = 0

// DisableSignal has sends on fd to nobody fail without SIGPIPE.
func DisableSignal(fd int) {
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_NOSIGPIPE, 1) // no socket: the send will say so
}
