package proactor

import (
	"time"

	"github.com/awaitio/awaitio/internal/backend"
)

// A Stat is the information that Statx returns about a file. Mask says which fields the file
// system filled, in the bits of statx(2).
type Stat struct {
	Mask       uint32
	Mode       uint32 // type and permissions, as st_mode
	Nlink      uint32
	UID, GID   uint32
	BlockSize  uint32
	Attributes uint64
	Ino        uint64
	Size       uint64 // bytes
	Blocks     uint64 // of 512 bytes each

	AccessTime, BirthTime, ChangeTime, ModTime time.Time

	DevMajor, DevMinor   uint32 // where the file is
	RdevMajor, RdevMinor uint32 // which device it is
}

func newStat(s *backend.Stat) Stat {
	return Stat{
		Mask: s.Mask, Mode: s.Mode, Nlink: s.Nlink, UID: s.UID, GID: s.GID,
		BlockSize: s.BlockSize, Attributes: s.Attributes, Ino: s.Ino, Size: s.Size, Blocks: s.Blocks,
		AccessTime: newTime(s.Atime), BirthTime: newTime(s.Btime),
		ChangeTime: newTime(s.Ctime), ModTime: newTime(s.Mtime),
		DevMajor: s.DevMajor, DevMinor: s.DevMinor, RdevMajor: s.RdevMajor, RdevMinor: s.RdevMinor,
	}
}

func newTime(t backend.Timestamp) time.Time { return time.Unix(t.Sec, int64(t.Nsec)) }
