//go:build !linux

package sysfile

import "syscall"

// No other system can be told not to wait for a disk.

// OpensCached reports whether there is an open(2) that does not wait for a disk:
// OpenCached.
const OpensCached = false

// MayOpenCached is false.
func MayOpenCached(string, int) bool { return false }

// OpenCached is ENOSYS.
func OpenCached(string, int) (int, syscall.Errno) { return -1, syscall.ENOSYS }

// ReadCached is ENOSYS.
func ReadCached(int, []byte, int64, bool) (int, syscall.Errno) { return 0, syscall.ENOSYS }
