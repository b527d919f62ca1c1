//go:build unix

package await

import (
	goio "io"
	"os"

	"golang.org/x/sys/unix"
)

// inspect tells what newFile must know of fd.
func inspect(fd, flags int) (traits, error) {
	var s unix.Stat_t
	err := unix.Fstat(fd, &s)
	if err == nil && flags == flagsUnknown {
		flags, err = unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	}
	if err != nil {
		return traits{}, err
	}
	return traits{
		kind:     fileKindOf(fd, uint32(s.Mode)),
		appends:  flags&unix.O_APPEND != 0,
		readsNow: s.Mode&unix.S_IFMT == unix.S_IFREG && mayReadNow(flags),
		onDisk:   isOnDisk(&s),
		pipe:     s.Mode&unix.S_IFMT == unix.S_IFIFO,
	}, nil
}

func fileKindOf(fd int, mode uint32) fileKind {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return regular
	case unix.S_IFDIR:
		return directory
	case unix.S_IFBLK:
		return positioned
	}
	if _, err := unix.Seek(fd, 0, goio.SeekCurrent); err != nil {
		return stream
	}
	return device
}

// systemMode is mode in the bits of chmod(2).
func systemMode(mode os.FileMode) uint32 {
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

// writeNothing fails as a write of nothing does where there can be none.
func writeNothing(fd int) error {
	_, err := unix.Write(fd, nil)
	return err
}

func seek(fd int, offset int64, whence int) (int64, error) { return unix.Seek(fd, offset, whence) }

func truncate(fd int, size int64) error { return unix.Ftruncate(fd, size) }

func changeMode(fd int, mode uint32) error { return unix.Fchmod(fd, mode) }

func changeOwner(fd, uid, gid int) error { return unix.Fchown(fd, uid, gid) }

func changeDir(fd int) error { return unix.Fchdir(fd) }

// duplicateFD duplicates fd, close-on-exec.
func duplicateFD(fd int) (int, error) { return unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0) }
