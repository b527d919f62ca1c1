//go:build unix && !(linux && kqueue)

package socket

import "golang.org/x/sys/unix"

func closeOnce(fd int) error { return unix.Close(fd) }
