//go:build unix && !(dragonfly || freebsd || linux || netbsd || openbsd)

package socket

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// newSocket needs two steps where a socket cannot be made close-on-exec in one;
// the lock keeps a fork from coming between them.
func newSocket(family, typ, protocol int, nonblock bool) (int, error) {
	syscall.ForkLock.RLock()
	fd, err := unix.Socket(family, typ, protocol)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if err := unix.SetNonblock(fd, nonblock); err != nil {
		Close(fd)
		return -1, os.NewSyscallError("setnonblock", err)
	}
	return fd, nil
}
