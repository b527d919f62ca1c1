//go:build unix

package await

import "golang.org/x/sys/unix"

const (
	msgDontWait  = unix.MSG_DONTWAIT
	openNonblock = unix.O_NONBLOCK
)
