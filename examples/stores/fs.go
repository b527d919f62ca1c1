package stores

import (
	"errors"
	"io/fs"
	"os"

	"github.com/cockroachdb/pebble/vfs"

	"github.com/awaitio/awaitio/await"
)

// FS is a file system for pebble.Options.FS. Syncs that come together share one system call, and reads
// that wait for a disk hold no thread on io_uring.
type FS struct {
	vfs.FS // for names and the lock
	files  files
}

// files are the calls on files and their names.
type files interface {
	OpenFile(name string, flag int, perm os.FileMode) (*await.File, error)
	Remove(name string) error
	Rename(oldName, newName string) error
}

// NewFS returns an FS of the system's files. Names and the lock are left to vfs.Default.
func NewFS() FS { return FS{vfs.Default, standard{}} }

// standard is the files of await.Default.
type standard struct{}

func (standard) OpenFile(name string, flag int, perm os.FileMode) (*await.File, error) {
	return await.OpenFile(name, flag, perm)
}

func (standard) Remove(name string) error { return await.Remove(name) }

func (standard) Rename(oldName, newName string) error { return await.Rename(oldName, newName) }

// Unwrap returns the file system below, as pebble asks for it.
func (f FS) Unwrap() vfs.FS { return f.FS }

// Create makes a new file; one of that name is removed, not truncated, as it may have other names.
func (f FS) Create(name string) (vfs.File, error) {
	file, err := f.open(name, os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if errors.Is(err, fs.ErrExist) {
		if err = f.files.Remove(name); err == nil {
			file, err = f.open(name, os.O_RDWR|os.O_CREATE|os.O_EXCL)
		}
	}
	return file, err
}

// Open opens a file for reading.
func (f FS) Open(name string, options ...vfs.OpenOption) (vfs.File, error) {
	return apply(options)(f.open(name, os.O_RDONLY))
}

// OpenReadWrite opens a file, and makes it if it is not there.
func (f FS) OpenReadWrite(name string, options ...vfs.OpenOption) (vfs.File, error) {
	return apply(options)(f.open(name, os.O_RDWR|os.O_CREATE))
}

// OpenDir opens a directory, to be synced.
func (f FS) OpenDir(name string) (vfs.File, error) { return f.open(name, os.O_RDONLY) }

// ReuseForWrite renames a file and opens it for writing, without cutting it.
func (f FS) ReuseForWrite(oldName, newName string) (vfs.File, error) {
	if err := f.files.Rename(oldName, newName); err != nil {
		return nil, err
	}
	return f.open(newName, os.O_RDWR)
}

func (f FS) open(name string, flag int) (vfs.File, error) {
	opened, err := f.files.OpenFile(name, flag, 0o666)
	if err != nil {
		return nil, err // and no *file that is nil
	}
	return file{opened}, nil
}

func apply(options []vfs.OpenOption) func(vfs.File, error) (vfs.File, error) {
	return func(f vfs.File, err error) (vfs.File, error) {
		for i := 0; err == nil && i < len(options); i++ {
			options[i].Apply(f)
		}
		return f, err
	}
}

// A file is what pebble reads and writes. Its Write, WriteAt, Read, ReadAt, Stat, Sync, Close and Fd
// are those of await.File.
type file struct{ *await.File }

var _ vfs.File = file{}

// Preallocate does nothing: pebble wants room beyond the end of the file, and File.Allocate moves the end.
func (f file) Preallocate(offset, length int64) error { return nil }

// SyncData syncs the contents.
func (f file) SyncData() error { return f.Datasync() }

// SyncTo syncs all of the contents, which is more than it has to.
func (f file) SyncTo(int64) (fullSync bool, err error) { return true, f.Datasync() }

// Prefetch does nothing: it is advice.
func (f file) Prefetch(offset, length int64) error { return nil }
