package sysfile

import "golang.org/x/sys/unix"

// Fsync asks for the drive's cache to be flushed too, which fsync(2) does not do
// here; file systems that cannot are asked for that.
func Fsync(fd int, dataOnly bool) error {
	if !dataOnly {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_FULLFSYNC, 0); err == nil {
			return nil
		}
	}
	return unix.Fsync(fd)
}
