package await

import (
	"context"
	"io/fs"
	"os"
	"runtime"
	"syscall"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/internal/system"
)

// ReadDir reads up to n entries of the directory, from where the last call stopped, in the
// directory's order. At the end the error is io.EOF. If n is not positive, it reads all remaining
// entries, and the end is no error.
//
// An entry's Info makes a system call and blocks a thread.
func (f *File) ReadDir(n int) ([]fs.DirEntry, error) {
	return f.ReadDirContext(context.Background(), n)
}

// ReadDirContext is like ReadDir, but returns when ctx ends: while it waits for other calls and,
// on a mount that may hang, at any time. The entries of a call that was left are not returned
// again; Seek to the start to read them.
func (f *File) ReadDirContext(ctx context.Context, n int) ([]fs.DirEntry, error) {
	return readDirectory(ctx, f, func(dir system.Dir) ([]fs.DirEntry, error) { return dir.ReadDir(n) })
}

// Readdir is like ReadDir, but returns a FileInfo for each entry, of package os. ReadDirContext is
// the form with a context.
func (f *File) Readdir(n int) ([]fs.FileInfo, error) {
	return readDirectory(context.Background(), f, func(dir system.Dir) ([]fs.FileInfo, error) { return dir.Readdir(n) })
}

// Readdirnames is like ReadDir, but returns only the names.
func (f *File) Readdirnames(n int) ([]string, error) {
	return readDirectory(context.Background(), f, func(dir system.Dir) ([]string, error) { return dir.Readdirnames(n) })
}

// readDirectory has package os read, which knows the formats of all systems. The
// duplicate it reads has f's position. As there, entries are not nil but for a nil f.
func readDirectory[T any](ctx context.Context, f *File, read func(dir system.Dir) ([]T, error)) (_ []T, err error) {
	if f == nil {
		return nil, os.ErrInvalid
	}
	defer runtime.KeepAlive(f)
	if err := f.lock.LockOn(ctx, f.d, fdcall.Untimed); err != nil {
		return []T{}, f.failed("readdir", err)
	}
	if f.kind != sysfile.Directory {
		defer f.lock.Unlock()
		return []T{}, f.notDirectory()
	}
	type outcome struct {
		entries []T
		err     error
	}
	defer func() { f.unlockAfter(err) }()
	o, err := onFile(f, fileCall{ctx, "readdir", fdcall.Untimed, f.lock.Unlock}, func(fd int) (o outcome, err error) {
		if f.dir == nil {
			if f.dir, err = f.d.System().OpenDir(fd, f.name); err != nil {
				return o, err
			}
		}
		o.entries, o.err = read(f.dir)
		return o, nil
	})
	if err != nil {
		return []T{}, err
	}
	return o.entries, o.err
}

func (f *File) notDirectory() error {
	if f.d.Closed() {
		return f.failed("readdir", fdcall.ErrDescriptorClosed)
	}
	return f.failed("readdirent", syscall.ENOTDIR)
}
