//go:build unix && !linux && !darwin

package sysfile

import "golang.org/x/sys/unix"

// Fsync waits until what was written to fd is on the device, the metadata included.
func Fsync(fd int, _ bool) error { return unix.Fsync(fd) }
