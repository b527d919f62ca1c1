//go:build unix

package backendtest

import "golang.org/x/sys/unix"

const (
	atCWD   = unix.AT_FDCWD
	pollIn  = unix.POLLIN
	pollOut = unix.POLLOUT
)
