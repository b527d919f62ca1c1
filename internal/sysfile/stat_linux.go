package sysfile

import (
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Flags of Statx. An automounter's directory is told of as it is, as stat(2)
// does.
const (
	StatSelf     = unix.AT_EMPTY_PATH
	StatFollow   = unix.AT_NO_AUTOMOUNT
	StatNoFollow = unix.AT_NO_AUTOMOUNT | unix.AT_SYMLINK_NOFOLLOW
)

// HasStatx reports whether there is Statx.
const HasStatx = true

// Statx is statx(2) of the file that fd is open on. It fails with ENOSYS before Linux
// 4.11.
func Statx(fd int, to *Stat) error {
	var s unix.Statx_t
	if errno := statxFD(fd, 0, StatWanted, &s); errno != 0 {
		return errno
	}
	fill(to, &s)
	return nil
}

// StatxPath is statx(2) of the file name, with StatFollow or StatNoFollow. It fails with ENOSYS
// before Linux 4.11.
func StatxPath(name string, flags int, to *Stat) error {
	if strings.IndexByte(name, 0) >= 0 {
		return unix.EINVAL
	}
	var room [256]byte
	path := append(append(room[:0], name...), 0)
	for {
		var s unix.Statx_t
		switch errno := statxPath(path, flags, StatWanted, &s); errno {
		case 0:
			fill(to, &s)
			return nil
		case unix.EINTR:
		default:
			return errno
		}
	}
}

func fill(to *Stat, s *unix.Statx_t) {
	*to = Stat{
		Mask: s.Mask, Mode: uint32(s.Mode), Nlink: s.Nlink, UID: s.Uid, GID: s.Gid,
		BlockSize: s.Blksize, Attributes: s.Attributes, Ino: s.Ino, Size: s.Size, Blocks: s.Blocks,
		AccessTime: timeOf(s.Atime), BirthTime: timeOf(s.Btime),
		ChangeTime: timeOf(s.Ctime), ModTime: timeOf(s.Mtime),
		DevMajor: s.Dev_major, DevMinor: s.Dev_minor, RdevMajor: s.Rdev_major, RdevMinor: s.Rdev_minor,
	}
}

func timeOf(t unix.StatxTimestamp) time.Time { return time.Unix(t.Sec, int64(t.Nsec)) }
