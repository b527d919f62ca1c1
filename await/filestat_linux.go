package await

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/proactor"
)

// statNow is Stat by the caller's own thread, where the system has the call.
// io_uring leaves each to a thread too, and the way there and back costs more.
func (f *File) statNow(ctx context.Context, stat *proactor.Stat) (done bool, err error) {
	err = f.block(ctx, "stat", func(fd int) error {
		var s unix.Statx_t
		err := unix.Statx(fd, "", statSelf, statWanted, &s)
		if err == nil {
			*stat = statOf(&s)
		}
		return err
	})
	return !errors.Is(err, unix.ENOSYS), err
}

func statOf(s *unix.Statx_t) proactor.Stat {
	return proactor.Stat{
		Mask: s.Mask, Mode: uint32(s.Mode), Nlink: s.Nlink, UID: s.Uid, GID: s.Gid,
		BlockSize: s.Blksize, Attributes: s.Attributes, Ino: s.Ino, Size: s.Size, Blocks: s.Blocks,
		AccessTime: timeOf(s.Atime), BirthTime: timeOf(s.Btime),
		ChangeTime: timeOf(s.Ctime), ModTime: timeOf(s.Mtime),
		DevMajor: s.Dev_major, DevMinor: s.Dev_minor, RdevMajor: s.Rdev_major, RdevMinor: s.Rdev_minor,
	}
}

func timeOf(t unix.StatxTimestamp) time.Time { return time.Unix(t.Sec, int64(t.Nsec)) }
