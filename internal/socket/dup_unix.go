//go:build unix

package socket

import (
	"os"

	"golang.org/x/sys/unix"
)

// Dup is another number for fd's socket, close-on-exec and the caller's to
// close. Both share its flags, O_NONBLOCK among them.
func Dup(fd int) (int, error) {
	copied, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("fcntl", err)
	}
	return copied, nil
}
