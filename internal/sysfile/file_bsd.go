//go:build unix && !linux

package sysfile

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// OpenFlags are set in every open.
const OpenFlags = unix.O_CLOEXEC

// NeedsSticky reports whether a file that does not exist yet is to get the
// sticky bit, which open(2) does not set here.
func NeedsSticky(name string, flag int, perm os.FileMode) bool {
	if flag&os.O_CREATE == 0 || perm&os.ModeSticky == 0 {
		return false
	}
	_, err := os.Lstat(name)
	return errors.Is(err, fs.ErrNotExist)
}

// SetSticky sets the sticky bit of the file name.
func SetSticky(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	return os.Chmod(name, info.Mode()|os.ModeSticky)
}

// Allocate is errors.ErrUnsupported: there is no fallocate(2).
func Allocate(int, int64, int64) error { return errors.ErrUnsupported }

// hasPageCache is of no use where a read cannot be told not to wait for a disk.
func hasPageCache(int) bool { return false }

// isOnDisk is of no use where files are the workers'.
func isOnDisk(*unix.Stat_t) bool { return false }

// fileSystem is the number that package mounts has of the file system on a device.
func fileSystem(dev uint64) uint64 { return uint64(uint32(dev)) }
