package system

import (
	"io/fs"
	"os"
	"time"

	"github.com/awaitio/awaitio/internal/sysfile"
)

// kernelTree are the functions of package os.
type kernelTree struct{}

func (kernelTree) Stat(name string, flags int) (s sysfile.Stat, err error) {
	err = sysfile.StatxPath(name, flags, &s)
	return s, err
}

func (kernelTree) Statfs(name string) (sysfile.FSStat, error)    { return sysfile.Statfs(name) }
func (kernelTree) Mkdir(name string, perm os.FileMode) error     { return os.Mkdir(name, perm) }
func (kernelTree) MkdirAll(name string, perm os.FileMode) error  { return os.MkdirAll(name, perm) }
func (kernelTree) MkdirTemp(dir, pattern string) (string, error) { return os.MkdirTemp(dir, pattern) }
func (kernelTree) Remove(name string) error                      { return os.Remove(name) }
func (kernelTree) RemoveAll(name string) error                   { return os.RemoveAll(name) }
func (kernelTree) Rename(oldName, newName string) error          { return os.Rename(oldName, newName) }
func (kernelTree) Link(oldName, newName string) error            { return os.Link(oldName, newName) }
func (kernelTree) Symlink(oldName, newName string) error         { return os.Symlink(oldName, newName) }
func (kernelTree) Readlink(name string) (string, error)          { return os.Readlink(name) }
func (kernelTree) ReadDir(name string) ([]fs.DirEntry, error)    { return os.ReadDir(name) }
func (kernelTree) Chmod(name string, mode os.FileMode) error     { return os.Chmod(name, mode) }
func (kernelTree) Chown(name string, uid, gid int) error         { return os.Chown(name, uid, gid) }
func (kernelTree) Lchown(name string, uid, gid int) error        { return os.Lchown(name, uid, gid) }
func (kernelTree) Truncate(name string, size int64) error        { return os.Truncate(name, size) }
func (kernelTree) TempDir() string                               { return os.TempDir() }

func (kernelTree) Chtimes(name string, accessed, modified time.Time) error {
	return os.Chtimes(name, accessed, modified)
}
