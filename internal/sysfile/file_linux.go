package sysfile

import (
	"os"

	"golang.org/x/sys/unix"
)

// OpenFlags are set in every open.
const OpenFlags = unix.O_CLOEXEC | unix.O_LARGEFILE

// NeedsSticky is false: open(2) sets the sticky bit here.
func NeedsSticky(string, int, os.FileMode) bool { return false }

// SetSticky has nothing to do.
func SetSticky(string) error { return nil }

// Allocate is fallocate(2): it gives size bytes at offset room on the device.
func Allocate(fd int, offset, size int64) error { return unix.Fallocate(fd, 0, offset, size) }

// hasPageCache reports whether reads of a file opened with flags look into the page
// cache: O_DIRECT goes past it.
func hasPageCache(flags int) bool { return flags&unix.O_DIRECT == 0 }

// isOnDisk reports whether s is of a regular file or a directory of a file system
// that has a device to itself. The others have a number made up for them, and
// file systems of servers and of programs are among them.
func isOnDisk(s *unix.Stat_t) bool {
	kind := s.Mode & unix.S_IFMT
	return unix.Major(uint64(s.Dev)) != 0 && (kind == unix.S_IFREG || kind == unix.S_IFDIR)
}

// fileSystem is the number that package mounts has of the file system on a device.
func fileSystem(dev uint64) uint64 { return uint64(unix.Major(dev))<<32 | uint64(unix.Minor(dev)) }
