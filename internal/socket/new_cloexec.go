//go:build dragonfly || freebsd || linux || netbsd || openbsd

package socket

import (
	"os"

	"golang.org/x/sys/unix"
)

func newSocket(family, typ, protocol int, nonblock bool) (int, error) {
	typ |= unix.SOCK_CLOEXEC
	if nonblock {
		typ |= unix.SOCK_NONBLOCK
	}
	fd, err := unix.Socket(family, typ, protocol)
	return fd, os.NewSyscallError("socket", err)
}
