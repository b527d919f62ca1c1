//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package workers

import (
	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// stat is fstatat(2), which these systems have in place of statx.
func stat(dirfd int, path string, flags int, _ uint32, to *backend.Stat) error {
	var s unix.Stat_t
	err := error(nil)
	if path == "" && dirfd >= 0 {
		err = unix.Fstat(dirfd, &s)
	} else {
		err = unix.Fstatat(dirfd, path, &s, flags)
	}
	if err != nil {
		return err
	}
	const basic = 0x7ff // STATX_BASIC_STATS
	*to = backend.Stat{
		Mask: basic, Mode: uint32(s.Mode), Nlink: uint32(s.Nlink), UID: s.Uid, GID: s.Gid,
		BlockSize: uint32(s.Blksize), Ino: uint64(s.Ino), Size: uint64(s.Size), Blocks: uint64(s.Blocks),
		Atime: timestamp(s.Atim), Ctime: timestamp(s.Ctim), Mtime: timestamp(s.Mtim),
		DevMajor: sysfile.Major(uint64(s.Dev)), DevMinor: sysfile.Minor(uint64(s.Dev)),
		RdevMajor: sysfile.Major(uint64(s.Rdev)), RdevMinor: sysfile.Minor(uint64(s.Rdev)),
	}
	return nil
}

func timestamp(t unix.Timespec) backend.Timestamp {
	return backend.Timestamp{Sec: int64(t.Sec), Nsec: uint32(t.Nsec)}
}
