//go:build unix && !openbsd

package socket

import (
	"time"

	"golang.org/x/sys/unix"
)

// SetKeepAliveIdle is how long a connection is idle before it is probed: zero is
// 15 s, and a negative value leaves the system's.
func SetKeepAliveIdle(fd int, d time.Duration) error {
	return setUnless(d < 0, fd, tcpKeepIdle, seconds(or(d, keepAliveIdle)))
}

// SetKeepAliveInterval is the time between probes: zero is 15 s, and a negative
// value leaves the system's.
func SetKeepAliveInterval(fd int, d time.Duration) error {
	return setUnless(d < 0, fd, unix.TCP_KEEPINTVL, seconds(or(d, keepAliveInterval)))
}

// SetKeepAliveCount is how many probes without an answer end a connection: zero
// is 9, and a negative value leaves the system's.
func SetKeepAliveCount(fd, n int) error {
	return setUnless(n < 0, fd, unix.TCP_KEEPCNT, or(n, keepAliveCount))
}

func setUnless(leave bool, fd, option, value int) error {
	if leave {
		return nil
	}
	return set(fd, unix.IPPROTO_TCP, option, value)
}

// or is v, or for zero the default.
func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
