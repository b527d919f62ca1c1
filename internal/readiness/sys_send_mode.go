//go:build darwin || (linux && kqueue)

package readiness

import (
	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/socket"
)

// sending runs op, which sends on fd, in non-blocking mode: the kernel looks at no
// flag of the call.
func sending(fd int, op func() error) error {
	_, err := socket.WithoutBlocking(fd, takesNothing, op)
	return err
}

// takesNothing reports whether a send would wait: not on what is no socket, or listens.
func takesNothing(fd int) bool {
	if _, err := pollNow(fd, unix.POLLOUT); err != unix.EAGAIN {
		return false
	}
	listens, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	return err == nil && listens == 0
}
