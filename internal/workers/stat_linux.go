package workers

import (
	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

func stat(dirfd int, path string, flags int, mask uint32, to *backend.Stat) error {
	var s unix.Statx_t
	if err := unix.Statx(dirfd, path, flags, int(mask), &s); err != nil {
		return err
	}
	*to = NewStat(&s)
	return nil
}

// NewStat is what statx(2) told, in the seam's form.
func NewStat(s *unix.Statx_t) backend.Stat {
	at := func(t unix.StatxTimestamp) backend.Timestamp { return backend.Timestamp{Sec: t.Sec, Nsec: t.Nsec} }
	return backend.Stat{
		Mask: s.Mask, Mode: uint32(s.Mode), Nlink: s.Nlink, UID: s.Uid, GID: s.Gid,
		BlockSize: s.Blksize, Attributes: s.Attributes, Ino: s.Ino, Size: s.Size, Blocks: s.Blocks,
		Atime: at(s.Atime), Btime: at(s.Btime), Ctime: at(s.Ctime), Mtime: at(s.Mtime),
		DevMajor: s.Dev_major, DevMinor: s.Dev_minor, RdevMajor: s.Rdev_major, RdevMinor: s.Rdev_minor,
	}
}
