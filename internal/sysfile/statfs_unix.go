//go:build linux || darwin || freebsd

package sysfile

import "golang.org/x/sys/unix"

// Statfs is statfs(2). It asks the file system, which may wait for a server.
func Statfs(name string) (FSStat, error) {
	var s unix.Statfs_t
	for {
		if err := unix.Statfs(name, &s); err != unix.EINTR {
			return fsStat(&s), err
		}
	}
}

// FStatfs is fstatfs(2).
func FStatfs(fd int) (FSStat, error) {
	var s unix.Statfs_t
	err := unix.Fstatfs(fd, &s)
	return fsStat(&s), err
}
