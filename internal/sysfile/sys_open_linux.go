package sysfile

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Package unix copies each path to the heap. The paths here are on the stack, or are none.

// openPath is openat(2) of a path that ends with NUL, from the working directory.
func openPath(path []byte, flag int, mode uint32) (int, unix.Errno) {
	dir := unix.AT_FDCWD
	fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(dir),
		uintptr(unsafe.Pointer(unsafe.SliceData(path))), uintptr(flag), uintptr(mode), 0, 0)
	return int(fd), errno
}

// statxPath is statx(2) of a path that ends with NUL, from the working directory.
func statxPath(path []byte, flags, mask int, s *unix.Statx_t) unix.Errno {
	dir := unix.AT_FDCWD
	_, _, errno := unix.Syscall6(unix.SYS_STATX, uintptr(dir),
		uintptr(unsafe.Pointer(unsafe.SliceData(path))), uintptr(flags), uintptr(mask), uintptr(unsafe.Pointer(s)), 0)
	return errno
}

// statxFD is statx(2) of what fd is open on.
func statxFD(fd, flags, mask int, s *unix.Statx_t) unix.Errno {
	var path [1]byte
	_, _, errno := unix.Syscall6(unix.SYS_STATX, uintptr(fd),
		uintptr(unsafe.Pointer(&path)), uintptr(flags|unix.AT_EMPTY_PATH), uintptr(mask), uintptr(unsafe.Pointer(s)), 0)
	return errno
}
