package system

import (
	"io/fs"
	"os"
	"time"

	"github.com/awaitio/awaitio/internal/sysfile"
)

// Files are the calls on open files that no backend makes.
type Files interface {
	// Inspect is what fd is, which was opened with flags, or sysfile.FlagsUnknown. A simulated
	// system has no Traits.Nowait and Traits.OnDisk: those say that a caller's thread may
	// transfer.
	Inspect(fd, flags int) (sysfile.Traits, error)

	Fstat(fd int) (sysfile.Stat, error)
	Fstatfs(fd int) (sysfile.FSStat, error)
	Seek(fd int, offset int64, whence int) (int64, error)
	WriteNothing(fd int) error // what a write(2) of no bytes answers
	Ftruncate(fd int, size int64) error
	Fallocate(fd int, offset, size int64) error
	Fchmod(fd int, mode uint32) error // the permission bits of sysfile.Mode
	Fchown(fd, uid, gid int) error
	Fchdir(fd int) error

	// CopyRange copies up to limit bytes between the positions of two files and moves both:
	// copy_file_range(2). Where that cannot be, the error is one that sysfile.MayCopyPlainly
	// knows.
	CopyRange(to, from, limit int) (int, error)

	// OpenDir makes what reads the directory fd, which has the name name. It has a descriptor
	// of its own, and shares its position with fd.
	OpenDir(fd int, name string) (Dir, error)

	// Pipe makes a pipe in blocking mode, close-on-exec: what is written to ends[1] is read
	// from ends[0].
	Pipe() (ends [2]int, err error)
}

// A Dir reads a directory, as an os.File does, and with its errors. One goroutine at a time
// calls it.
type Dir interface {
	ReadDir(n int) ([]fs.DirEntry, error)
	Readdir(n int) ([]fs.FileInfo, error)
	Readdirnames(n int) ([]string, error)
	Seek(offset int64, whence int) (int64, error)
	Close() error
}

// Tree are the calls on paths, which are those of package os: errors are *fs.PathError or
// *os.LinkError as there, but for Stat and Statfs. A name that is not absolute starts at the
// system's working directory.
type Tree interface {
	// Stat tells of a name, with sysfile.StatFollow or sysfile.StatNoFollow: statx(2). The error
	// is an errno.
	Stat(name string, flags int) (sysfile.Stat, error)

	// Statfs tells of the file system of name; the error is an errno.
	Statfs(name string) (sysfile.FSStat, error)

	Mkdir(name string, perm os.FileMode) error
	MkdirAll(name string, perm os.FileMode) error
	MkdirTemp(dir, pattern string) (string, error) // in TempDir if dir is empty
	Remove(name string) error
	RemoveAll(name string) error
	Rename(oldName, newName string) error
	Link(oldName, newName string) error
	Symlink(oldName, newName string) error
	Readlink(name string) (string, error)
	ReadDir(name string) ([]fs.DirEntry, error) // sorted by name
	Chmod(name string, mode os.FileMode) error
	Chown(name string, uid, gid int) error
	Lchown(name string, uid, gid int) error
	Chtimes(name string, accessed, modified time.Time) error
	Truncate(name string, size int64) error
	TempDir() string // where temporary files go
}
