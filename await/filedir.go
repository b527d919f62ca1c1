package await

import (
	"context"
	"io/fs"
	"os"
	"runtime"
	"syscall"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// ReadDir reads the directory that f is, from where the last call stopped, up to
// n entries in the directory's order. At the end the error is io.EOF; where n is
// not positive it reads all that is left, and the end is no error.
//
// An entry's Info asks the system and blocks a thread while it does.
func (f *File) ReadDir(n int) ([]fs.DirEntry, error) {
	return readDirectory(f, func(dir *os.File) ([]fs.DirEntry, error) { return dir.ReadDir(n) })
}

// Readdir is ReadDir that asks for each entry's FileInfo, package os's, too.
func (f *File) Readdir(n int) ([]fs.FileInfo, error) {
	return readDirectory(f, func(dir *os.File) ([]fs.FileInfo, error) { return dir.Readdir(n) })
}

// Readdirnames is ReadDir for the names alone.
func (f *File) Readdirnames(n int) ([]string, error) {
	return readDirectory(f, func(dir *os.File) ([]string, error) { return dir.Readdirnames(n) })
}

// readDirectory has package os read, which knows the formats of all systems. The
// duplicate it reads has f's position. As there, entries are not nil but for a nil f.
func readDirectory[T any](f *File, read func(dir *os.File) ([]T, error)) (entries []T, err error) {
	if f == nil {
		return nil, os.ErrInvalid
	}
	defer runtime.KeepAlive(f)
	background := context.Background()
	if err := f.lock.LockOn(background, f.d, fdcall.Untimed); err != nil {
		return []T{}, f.failed("readdir", err)
	}
	defer f.lock.Unlock()
	if f.kind != sysfile.Directory {
		return []T{}, f.notDirectory()
	}
	var readErr error
	err = f.block(background, "readdir", func(fd int) error {
		if f.dir == nil {
			number, err := sysfile.Dup(fd)
			if err != nil {
				return err
			}
			f.dir = os.NewFile(uintptr(number), f.name)
		}
		entries, readErr = read(f.dir)
		return nil
	})
	if err != nil {
		return []T{}, err
	}
	return entries, readErr
}

func (f *File) notDirectory() error {
	if f.d.Closed() {
		return f.failed("readdir", fdcall.ErrDescriptorClosed)
	}
	return f.failed("readdirent", syscall.ENOTDIR)
}
