package await

import (
	"context"
	"errors"
	goio "io"
	"io/fs"
	"os"
	"syscall"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/proactor"
)

// Stat returns a FileInfo for the named file, following symbolic links. Its Sys is a
// *syscall.Stat_t.
//
// os.SameFile is always false for this FileInfo: compare with SameFile, which takes those of both
// packages. SQLite on such files reports that its database was moved, and makes it read-only
// (SQLITE_READONLY_DBMOVED).
func Stat(name string) (fs.FileInfo, error) { return defaultIO.Stat(name) }

// StatContext is like Stat, but returns when ctx ends.
func StatContext(ctx context.Context, name string) (fs.FileInfo, error) {
	return defaultIO.StatContext(ctx, name)
}

// Lstat is like Stat, but does not follow a symbolic link.
func Lstat(name string) (fs.FileInfo, error) { return defaultIO.Lstat(name) }

// LstatContext is like Lstat, but returns when ctx ends.
func LstatContext(ctx context.Context, name string) (fs.FileInfo, error) {
	return defaultIO.LstatContext(ctx, name)
}

// Readlink returns the target of the named symbolic link.
func Readlink(name string) (string, error) { return defaultIO.Readlink(name) }

// ReadDir reads the named directory and returns its entries, sorted by name. If it fails, it
// returns the entries read so far with the error. An entry's Info blocks a thread.
func ReadDir(name string) ([]fs.DirEntry, error) { return defaultIO.ReadDir(name) }

// ReadFile reads a whole file. The end of the file is no error.
func ReadFile(name string) ([]byte, error) { return defaultIO.ReadFile(name) }

// WriteFile writes data to the named file. It truncates the file, or creates it with perm, before
// umask.
func WriteFile(name string, data []byte, perm os.FileMode) error {
	return defaultIO.WriteFile(name, data, perm)
}

// Stat is the function Stat on io.
func (io *IO) Stat(name string) (fs.FileInfo, error) {
	return io.StatContext(context.Background(), name)
}

// StatContext is like Stat, but returns when ctx ends.
func (io *IO) StatContext(ctx context.Context, name string) (fs.FileInfo, error) {
	return io.statAt(ctx, "stat", name, sysfile.StatFollow)
}

// Lstat is the function Lstat on io.
func (io *IO) Lstat(name string) (fs.FileInfo, error) {
	return io.LstatContext(context.Background(), name)
}

// LstatContext is like Lstat, but returns when ctx ends.
func (io *IO) LstatContext(ctx context.Context, name string) (fs.FileInfo, error) {
	return io.statAt(ctx, "lstat", name, sysfile.StatNoFollow)
}

func (io *IO) statAt(ctx context.Context, op, name string, flags int) (fs.FileInfo, error) {
	io.logFile(name)
	info := newFileInfo(name)
	if done, err := io.statOnThread(ctx, op, name, flags, &info.stat); done {
		return info.orError(err)
	}
	if err := io.Statx(ctx, proactor.AtCWD, name, flags, sysfile.StatWanted, &info.stat); err != nil {
		return nil, pathFailed(op, name, err)
	}
	return info, nil
}

// statOnThread is Stat by a thread, where the system has the call. io_uring leaves each to a
// thread too, and the way there and back costs more.
func (io *IO) statOnThread(ctx context.Context, op, name string, flags int, stat *proactor.Stat) (done bool, err error) {
	if !sysfile.HasStatx {
		return false, nil
	}
	s, err := fdcall.Later(io.loops, ctx, op, name, func() (sysfile.Stat, error) {
		return io.loops.System.Stat(name, flags)
	}, nil)
	*stat = proactor.Stat(s)
	return !errors.Is(err, syscall.ENOSYS), pathFailed(op, name, err)
}

// Readlink is the function Readlink on io.
func (io *IO) Readlink(name string) (string, error) {
	return io.ReadlinkContext(context.Background(), name)
}

// ReadlinkContext is like Readlink, but returns when ctx ends.
func (io *IO) ReadlinkContext(ctx context.Context, name string) (string, error) {
	return onTreeFor(io, ctx, "readlink", name, func() (string, error) { return io.loops.System.Readlink(name) }, nil)
}

// ReadDir is the function ReadDir on io.
func (io *IO) ReadDir(name string) ([]fs.DirEntry, error) {
	return io.ReadDirContext(context.Background(), name)
}

// ReadDirContext is like ReadDir, but returns when ctx ends.
func (io *IO) ReadDirContext(ctx context.Context, name string) ([]fs.DirEntry, error) {
	return onTreeFor(io, ctx, "open", name, func() ([]fs.DirEntry, error) { return io.loops.System.ReadDir(name) }, nil)
}

// ReadFile is the function ReadFile on io.
func (io *IO) ReadFile(name string) ([]byte, error) {
	return io.ReadFileContext(context.Background(), name)
}

// readFileMin is the room for a file that says it is empty, as those of /proc
// do: most fit, with a byte to spare to find the end.
const readFileMin = 512

// ReadFileContext is like ReadFile, but returns when ctx ends.
func (io *IO) ReadFileContext(ctx context.Context, name string) (data []byte, err error) {
	if err := io.loops.Admit(ctx); err != nil {
		return nil, pathFailed("open", name, err)
	}
	defer io.loops.EndAdmitted()
	ctx = fdcall.Admitted(ctx)
	f, err := io.OpenContext(ctx, name)
	if err != nil {
		return nil, err
	}
	return readWhole(ctx, f)
}

// readWhole reads f to its end, and closes it.
func readWhole(ctx context.Context, f *File) (data []byte, err error) {
	defer func() { _ = f.Close() }() // it was only read
	size := int64(0)
	if info, err := f.StatContext(ctx); err == nil {
		size = info.Size()
	}
	data = make([]byte, 0, max(readFileMin, size+1))
	for {
		n, err := f.ReadContext(ctx, data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case err == goio.EOF:
			return data, nil
		case err != nil:
			return data, err
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}

// WriteFile is the function WriteFile on io.
func (io *IO) WriteFile(name string, data []byte, perm os.FileMode) error {
	return io.WriteFileContext(context.Background(), name, data, perm)
}

// WriteFileContext is like WriteFile, but returns when ctx ends. The file then has a part.
func (io *IO) WriteFileContext(ctx context.Context, name string, data []byte, perm os.FileMode) error {
	if err := io.loops.Admit(ctx); err != nil {
		return pathFailed("open", name, err)
	}
	defer io.loops.EndAdmitted()
	ctx = fdcall.Admitted(ctx)
	f, err := io.OpenFileContext(ctx, name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
	if err != nil {
		return err
	}
	return writeWhole(ctx, f, data)
}

// writeWhole writes data to f, and closes it.
func writeWhole(ctx context.Context, f *File, data []byte) (err error) {
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}()
	_, err = f.WriteContext(ctx, data)
	return err
}
