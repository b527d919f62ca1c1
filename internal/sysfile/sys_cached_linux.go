package sysfile

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// ReadCached is preadv2(2) into p, at off or, where that is negative, at the descriptor's
// own position. Where nowait is true it fails with EAGAIN rather than wait for a disk. The
// scheduler is told: the copy into p may meet a page that is not there.
func ReadCached(fd int, p []byte, off int64, nowait bool) (int, unix.Errno) {
	flags := uintptr(0)
	if nowait {
		flags = unix.RWF_NOWAIT
	}
	v := [1]unix.Iovec{{Base: unsafe.SliceData(p)}}
	v[0].SetLen(len(p))
	n, _, errno := unix.Syscall6(unix.SYS_PREADV2,
		uintptr(fd), uintptr(unsafe.Pointer(&v)), 1, uintptr(off), uintptr(off>>32), flags)
	if errno != 0 {
		return 0, errno
	}
	return int(n), 0
}

// resolveCached has openat2(2) fail with EAGAIN where it would have to wait for
// a disk or a server to find the file: RESOLVE_CACHED, Linux 5.12.
const resolveCached = 0x20

// openCached is openat2(2) of a path that ends with NUL.
func openCached(path []byte, flags int) (int, unix.Errno) {
	how := unix.OpenHow{Flags: uint64(flags), Resolve: resolveCached}
	dir := unix.AT_FDCWD
	fd, _, errno := unix.Syscall6(unix.SYS_OPENAT2, uintptr(dir),
		uintptr(unsafe.Pointer(unsafe.SliceData(path))), uintptr(unsafe.Pointer(&how)), unix.SizeofOpenHow, 0, 0)
	return int(fd), errno
}

// statCached is statx(2) of a path that ends with NUL.
func statCached(dir int, path []byte, flags int, mask int, s *unix.Statx_t) unix.Errno {
	_, _, errno := unix.Syscall6(unix.SYS_STATX, uintptr(dir),
		uintptr(unsafe.Pointer(unsafe.SliceData(path))), uintptr(flags), uintptr(mask), uintptr(unsafe.Pointer(s)), 0)
	return errno
}
