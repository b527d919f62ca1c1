//go:build unix

package sysfile

import (
	"io/fs"
	"syscall"
)

// SystemStat is s as the system's own stat(2) has it: a *syscall.Stat_t.
func SystemStat(s *Stat) any {
	t := new(syscall.Stat_t)
	set(&t.Dev, MakeDevice(s.DevMajor, s.DevMinor))
	set(&t.Rdev, MakeDevice(s.RdevMajor, s.RdevMinor))
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

// IdentityOf is the identity of the file that info is of. ok is false where its Sys is
// not the system's own.
func IdentityOf(info fs.FileInfo) (id Identity, ok bool) {
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
