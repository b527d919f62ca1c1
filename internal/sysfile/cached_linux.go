package sysfile

import (
	"strings"

	"golang.org/x/sys/unix"
)

// OpensCached reports whether there is an open(2) that does not wait for a disk:
// OpenCached.
const OpensCached = true

// opensElsewhere are the flags of an open that changes something, or that gains nothing
// from the cache.
const opensElsewhere = unix.O_CREAT | unix.O_TRUNC | unix.O_TMPFILE&^unix.O_DIRECTORY | unix.O_PATH

// pathMax is the kernel's PATH_MAX, with the NUL.
const pathMax = 4096

// MayOpenCached reports whether OpenCached may be called.
func MayOpenCached(name string, flag int) bool {
	return flag&opensElsewhere == 0 && len(name) < pathMax && strings.IndexByte(name, 0) < 0
}

// OpenCached opens a regular file or a directory that the kernel knows where to find.
// It fails with ENOENT where it knows that there is none, with ENOSYS before Linux 5.12,
// and with EAGAIN or another error where an ordinary open has to find out.
//
// A FIFO fails with EAGAIN, because its open waits for another program to open the other
// end. If the name comes to mean a FIFO between the look and the open, OpenCached waits.
func OpenCached(name string, flag int) (fd int, err unix.Errno) {
	var room [256]byte
	path := append(append(room[:0], name...), 0)
	if err = waitsForOthers(path); err == 0 {
		fd, err = openCached(path, flag)
	}
	if err == unix.ENOENT && flag&unix.O_NOFOLLOW != 0 {
		err = unix.EAGAIN
	}
	return fd, err
}

// waitsForOthers is EAGAIN if the open of path, which ends with NUL, might wait for
// another program to open it too. It is content with what the kernel has cached.
func waitsForOthers(path []byte) unix.Errno {
	var s unix.Statx_t
	err := statCached(unix.AT_FDCWD, path, unix.AT_STATX_DONT_SYNC, unix.STATX_TYPE, &s)
	if kind := s.Mode & unix.S_IFMT; err == 0 && kind != unix.S_IFREG && kind != unix.S_IFDIR {
		return unix.EAGAIN
	}
	return err
}
