//go:build unix

package await

import (
	"io/fs"
	"syscall"

	"github.com/awaitio/awaitio/internal/devno"

	"github.com/awaitio/awaitio/proactor"
)

// systemStat is stat as the system's own stat(2) has it.
func systemStat(s *proactor.Stat) *syscall.Stat_t {
	t := new(syscall.Stat_t)
	set(&t.Dev, devno.Make(s.DevMajor, s.DevMinor))
	set(&t.Rdev, devno.Make(s.RdevMajor, s.RdevMinor))
	set(&t.Ino, s.Ino)
	set(&t.Nlink, s.Nlink)
	set(&t.Mode, s.Mode)
	set(&t.Uid, s.UID)
	set(&t.Gid, s.GID)
	set(&t.Size, s.Size)
	set(&t.Blocks, s.Blocks)
	set(&t.Blksize, s.BlockSize)
	setTimes(t, s)
	return t
}

// An identity is what no two files have in common.
type identity struct{ device, number uint64 }

func identityOf(info fs.FileInfo) (id identity, ok bool) {
	if info == nil {
		return id, false
	}
	t, ok := info.Sys().(*syscall.Stat_t)
	if ok {
		set(&id.device, t.Dev)
		set(&id.number, t.Ino)
	}
	return id, ok
}

type integer interface {
	~int16 | ~int32 | ~int64 | ~uint16 | ~uint32 | ~uint64
}

// set assigns between the types that the fields have from system to system.
func set[T, V integer](field *T, v V) { *field = T(v) }
