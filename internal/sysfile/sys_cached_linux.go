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
