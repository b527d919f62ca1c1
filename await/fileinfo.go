package await

import (
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/proactor"
)

// fileInfo is what Stat returns.
type fileInfo struct {
	name string
	stat proactor.Stat
}

// newFileInfo is what has still to be filled in.
func newFileInfo(name string) *fileInfo { return &fileInfo{name: filepath.Base(name)} }

// orError is i, or nothing where there is an error.
func (i *fileInfo) orError(err error) (fs.FileInfo, error) {
	if err != nil {
		return nil, err
	}
	return i, nil
}

func (i *fileInfo) Name() string       { return i.name }
func (i *fileInfo) Size() int64        { return int64(i.stat.Size) }
func (i *fileInfo) Mode() fs.FileMode  { return sysfile.FileMode(i.stat.Mode) }
func (i *fileInfo) ModTime() time.Time { return i.stat.ModTime }
func (i *fileInfo) IsDir() bool        { return i.Mode().IsDir() }

// Sys is a *syscall.Stat_t, as that of package os is. For the time of birth and
// statx's other fields there is IO.Statx.
func (i *fileInfo) Sys() any { return sysfile.SystemStat((*sysfile.Stat)(&i.stat)) }

// SameFile reports whether a and b describe the same file, by the device and the inode number in
// their Sys. Each may come from this package or from package os. os.SameFile is false for a
// FileInfo of this package.
func SameFile(a, b fs.FileInfo) bool {
	x, ok := sysfile.IdentityOf(a)
	y, alsoOK := sysfile.IdentityOf(b)
	if !ok || !alsoOK {
		return os.SameFile(a, b)
	}
	return x == y
}
