//go:build !linux

package sysfile

import "syscall"

// ReadCached is ENOSYS: no other system can be told not to wait for a disk.
func ReadCached(int, []byte, int64, bool) (int, syscall.Errno) { return 0, syscall.ENOSYS }
