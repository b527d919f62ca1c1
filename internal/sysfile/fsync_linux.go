package sysfile

import "golang.org/x/sys/unix"

// Fsync waits until what was written to fd is on the device; where dataOnly is true,
// without metadata that reading the data back does not need.
func Fsync(fd int, dataOnly bool) error {
	if dataOnly {
		return unix.Fdatasync(fd)
	}
	return unix.Fsync(fd)
}
