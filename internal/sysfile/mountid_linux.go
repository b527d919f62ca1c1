package sysfile

import "golang.org/x/sys/unix"

// MountID is the number of the mount that fd is open on. Linux tells it from 5.8 on.
func MountID(fd int) (id uint64, ok bool) {
	var s unix.Statx_t
	errno := statxFD(fd, unix.AT_STATX_DONT_SYNC, unix.STATX_MNT_ID, &s)
	return s.Mnt_id, errno == 0 && s.Mask&unix.STATX_MNT_ID != 0
}

// UniqueMountID is the number of that mount which no other ever has. Linux tells it from 6.8 on.
func UniqueMountID(fd int) (id uint64, ok bool) {
	var s unix.Statx_t
	errno := statxFD(fd, unix.AT_STATX_DONT_SYNC, unix.STATX_MNT_ID_UNIQUE, &s)
	return s.Mnt_id, errno == 0 && s.Mask&unix.STATX_MNT_ID_UNIQUE != 0
}

// Getwd is getcwd(2), which does not ask the file system.
func Getwd() (string, error) { return unix.Getwd() }
