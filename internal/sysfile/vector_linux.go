package sysfile

import "golang.org/x/sys/unix"

// WriteV is writev(2) at the position.
func WriteV(fd int, buffers [][]byte) (int, error) { return unix.Writev(fd, buffers) }
