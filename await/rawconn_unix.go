//go:build unix

package await

import "golang.org/x/sys/unix"

const (
	pollIn  = unix.POLLIN
	pollOut = unix.POLLOUT
)
