package sysfile

import (
	"io/fs"
	"time"
)

// StatWanted is the mask for statx(2) of all that a Stat has.
const StatWanted = 0xfff // STATX_BASIC_STATS and STATX_BTIME

// A Stat is the result of statx(2), with the fields of proactor.Stat, to which it converts.
type Stat struct {
	Mask       uint32
	Mode       uint32
	Nlink      uint32
	UID, GID   uint32
	BlockSize  uint32
	Attributes uint64
	Ino        uint64
	Size       uint64
	Blocks     uint64

	AccessTime, BirthTime, ChangeTime, ModTime time.Time

	DevMajor, DevMinor   uint32
	RdevMajor, RdevMinor uint32
}

// An Identity differs between any two files.
type Identity struct{ device, number uint64 }

// FileMode is mode, of stat(2), in the bits of package fs. The numbers are the
// same on every system.
func FileMode(mode uint32) fs.FileMode {
	m := fs.FileMode(mode & 0o777)
	m |= fileTypes[mode>>12&0xf]
	if mode&0o4000 != 0 {
		m |= fs.ModeSetuid
	}
	if mode&0o2000 != 0 {
		m |= fs.ModeSetgid
	}
	if mode&0o1000 != 0 {
		m |= fs.ModeSticky
	}
	return m
}

// fileTypes are S_IFMT's values.
var fileTypes = [16]fs.FileMode{
	0x1: fs.ModeNamedPipe,
	0x2: fs.ModeDevice | fs.ModeCharDevice,
	0x4: fs.ModeDir,
	0x6: fs.ModeDevice,
	0xa: fs.ModeSymlink,
	0xc: fs.ModeSocket,
}
