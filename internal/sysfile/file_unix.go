//go:build unix

package sysfile

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// OpenNonblock is O_NONBLOCK.
const OpenNonblock = unix.O_NONBLOCK

// Inspect returns the traits of fd. flags are the flags it was opened with, or
// FlagsUnknown.
func Inspect(fd, flags int) (Traits, error) {
	var s unix.Stat_t
	err := unix.Fstat(fd, &s)
	if err == nil && flags == FlagsUnknown {
		flags, err = unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	}
	if err != nil {
		return Traits{}, err
	}
	return Traits{
		Kind:    kindOf(fd, uint32(s.Mode)),
		Appends: flags&unix.O_APPEND != 0,
		Nowait:  s.Mode&unix.S_IFMT == unix.S_IFREG && hasPageCache(flags),
		OnDisk:  isOnDisk(&s),
		Pipe:    s.Mode&unix.S_IFMT == unix.S_IFIFO,
		Device:  fileSystem(uint64(s.Dev)),
	}, nil
}

func kindOf(fd int, mode uint32) Kind {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return Regular
	case unix.S_IFDIR:
		return Directory
	case unix.S_IFBLK:
		return Positioned
	}
	if _, err := unix.Seek(fd, 0, io.SeekCurrent); err != nil {
		return Stream
	}
	return Device
}

// Mode is mode in the bits of chmod(2).
func Mode(mode os.FileMode) uint32 {
	m := uint32(mode.Perm())
	if mode&os.ModeSetuid != 0 {
		m |= unix.S_ISUID
	}
	if mode&os.ModeSetgid != 0 {
		m |= unix.S_ISGID
	}
	if mode&os.ModeSticky != 0 {
		m |= unix.S_ISVTX
	}
	return m
}

// Read is pread(2) at off, or read(2) where off is negative.
func Read(fd int, p []byte, off int64) (int, error) {
	if off < 0 {
		return unix.Read(fd, p)
	}
	return unix.Pread(fd, p, off)
}

// Write is pwrite(2) at off, or write(2) where off is negative.
func Write(fd int, p []byte, off int64) (int, error) {
	if off < 0 {
		return unix.Write(fd, p)
	}
	return unix.Pwrite(fd, p, off)
}

// WriteNothing fails as a write of nothing does where there can be none.
func WriteNothing(fd int) error {
	_, err := unix.Write(fd, nil)
	return err
}

// Seek is lseek(2), but the position is 0 if it fails, as package os returns it.
func Seek(fd int, offset int64, whence int) (int64, error) {
	at, err := unix.Seek(fd, offset, whence)
	if err != nil {
		return 0, err
	}
	return at, nil
}

// Truncate is ftruncate(2).
func Truncate(fd int, size int64) error { return unix.Ftruncate(fd, size) }

// Chmod is fchmod(2) with the bits that Mode returns.
func Chmod(fd int, mode uint32) error { return unix.Fchmod(fd, mode) }

// Chown is fchown(2).
func Chown(fd, uid, gid int) error { return unix.Fchown(fd, uid, gid) }

// Chdir is fchdir(2).
func Chdir(fd int) error { return unix.Fchdir(fd) }

// Dup duplicates fd, close-on-exec.
func Dup(fd int) (int, error) { return unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0) }
