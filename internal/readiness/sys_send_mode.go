//go:build darwin || (linux && kqueue)

package readiness

import "golang.org/x/sys/unix"

// sending runs op, which sends on fd, in non-blocking mode: the kernel looks at no
// flag of the call.
func sending(fd int, op func() error) error {
	_, err := withoutBlocking(fd, takesNothing, op)
	return err
}

// takesNothing reports whether a send would wait.
func takesNothing(fd int) bool {
	_, err := pollNow(fd, unix.POLLOUT)
	return err == unix.EAGAIN
}
