package await

import (
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// The bits of statx(2), which the proactor takes on every system. Its flags are
// the system's own; see fileinfo_*.go.
const statWanted = 0xfff // STATX_BASIC_STATS and STATX_BTIME

// fileInfo is what Stat returns.
type fileInfo struct {
	name string
	stat proactor.Stat
}

// newFileInfo is what has still to be filled in.
func newFileInfo(name string) *fileInfo { return &fileInfo{name: filepath.Base(name)} }

func (i *fileInfo) Name() string       { return i.name }
func (i *fileInfo) Size() int64        { return int64(i.stat.Size) }
func (i *fileInfo) Mode() fs.FileMode  { return fileMode(i.stat.Mode) }
func (i *fileInfo) ModTime() time.Time { return i.stat.ModTime }
func (i *fileInfo) IsDir() bool        { return i.Mode().IsDir() }

// Sys is a *syscall.Stat_t, as that of package os is. One who wants the time of
// birth or statx's other fields asks IO.Statx.
func (i *fileInfo) Sys() any { return systemStat(&i.stat) }

// SameFile reports whether a and b tell of the same file, by the device and the
// number in their Sys. Each may be this package's or package os's: os.SameFile is
// false where one is this package's.
func SameFile(a, b fs.FileInfo) bool {
	x, ok := identityOf(a)
	y, alsoOK := identityOf(b)
	if !ok || !alsoOK {
		return os.SameFile(a, b)
	}
	return x == y
}

// fileMode is mode, of stat(2), in the bits of package fs. The numbers are the
// same on every system.
func fileMode(mode uint32) fs.FileMode {
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
