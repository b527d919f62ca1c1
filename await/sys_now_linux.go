package await

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// readFlagged is preadv2(2) into p, at off or, where that is
// proactor.CurrentPosition, at the descriptor's own position. The scheduler is
// told: the copy into p may meet a page that is not there.
func readFlagged(fd int, p []byte, off int64, flags uintptr) (int, unix.Errno) {
	v := [1]unix.Iovec{{Base: unsafe.SliceData(p)}}
	v[0].SetLen(len(p))
	n, _, errno := unix.Syscall6(unix.SYS_PREADV2,
		uintptr(fd), uintptr(unsafe.Pointer(&v)), 1, uintptr(off), uintptr(off>>32), flags)
	if errno != 0 {
		return 0, errno
	}
	return int(n), 0
}
