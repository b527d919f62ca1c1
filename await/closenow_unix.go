//go:build unix

package await

import "golang.org/x/sys/unix"

// closeNow closes a descriptor that nobody has, past any proactor.
func closeNow(fd int) error { return unix.Close(fd) }
