package socket

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// OpenBSD has no such options of a socket: only values that leave the system's
// are taken.

// SetKeepAliveIdle is ENOPROTOOPT unless d is negative.
func SetKeepAliveIdle(_ int, d time.Duration) error { return noSuchOption(d < 0) }

// SetKeepAliveInterval is ENOPROTOOPT unless d is negative.
func SetKeepAliveInterval(_ int, d time.Duration) error { return noSuchOption(d < 0) }

// SetKeepAliveCount is ENOPROTOOPT unless n is negative.
func SetKeepAliveCount(_, n int) error { return noSuchOption(n < 0) }

func noSuchOption(leave bool) error {
	if leave {
		return nil
	}
	return os.NewSyscallError("setsockopt", unix.ENOPROTOOPT)
}
