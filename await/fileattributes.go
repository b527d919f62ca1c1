package await

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"syscall"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/proactor"
)

// Stat returns a FileInfo for the file. Compare it with SameFile; os.SameFile is always false for
// it. See the function Stat.
func (f *File) Stat() (fs.FileInfo, error) { return f.StatContext(context.Background()) }

// StatContext is like Stat, but returns when ctx ends; on a disk, on Linux, only before it has
// begun.
func (f *File) StatContext(ctx context.Context) (fs.FileInfo, error) {
	if f == nil {
		return nil, os.ErrInvalid
	}
	info := newFileInfo(f.name)
	if err := f.stat(ctx, &info.stat); err != nil {
		return nil, err
	}
	return info, nil
}

func (f *File) stat(ctx context.Context, stat *proactor.Stat) error {
	defer runtime.KeepAlive(f)
	if sysfile.HasStatx {
		if err := f.statOnThread(ctx, stat); !errors.Is(err, syscall.ENOSYS) {
			return err
		}
	}
	_, err := f.d.Call(ctx, fdcall.Untimed, func(w *fdcall.Waiter) error {
		return w.Proactor.Statx(&w.C, f.d.FD, "", sysfile.StatSelf, sysfile.StatWanted, stat, fdcall.Deliver)
	})
	return f.failed("stat", err)
}

// statOnThread is Stat by the caller's own thread, where the system has the call.
// io_uring leaves each to a thread too, and the way there and back costs more. A disk has what
// an open file's Stat tells in memory, so that this takes none of Config.Workers.
func (f *File) statOnThread(ctx context.Context, stat *proactor.Stat) error {
	if f.d.Kind == fdcall.Disk && f.d.Lending != LendAlways && ctx != nil && ctx.Err() == nil {
		return f.use("stat", func(fd int) error { return f.statNow(fd, stat) })
	}
	s, err := onFile(f, fileCall{ctx: ctx, op: "stat", dir: fdcall.Reading}, func(fd int) (s proactor.Stat, err error) {
		err = f.statNow(fd, &s)
		return s, err
	})
	*stat = s
	return err
}

// statNow asks the system. The kernel fills in the record where it is: to copy it costs a fifth of
// the call.
func (f *File) statNow(fd int, stat *proactor.Stat) error {
	if !f.d.Loop.Loops.Simulated {
		return sysfile.Statx(fd, (*sysfile.Stat)(stat))
	}
	s, err := f.d.System().Fstat(fd)
	*stat = proactor.Stat(s)
	return err
}

// Truncate changes the size of the file to size bytes. Added bytes read as zeros. The file's
// position does not change. ftruncate(2).
func (f *File) Truncate(size int64) error { return f.TruncateContext(context.Background(), size) }

// TruncateContext is like Truncate, but returns when ctx ends: on a disk before it has begun, on
// a mount that may hang at any time (ErrLeft).
func (f *File) TruncateContext(ctx context.Context, size int64) error {
	return f.block(ctx, "truncate", func(fd int) error { return f.d.System().Ftruncate(fd, size) })
}

// Allocate reserves room on the device for size bytes of the file from the byte offset on, so that
// writing there does not fail for lack of space. A shorter file becomes longer; added bytes read as
// zeros. fallocate(2).
//
// If the system or the file system does not support it, the error is errors.ErrUnsupported. That
// is so today on all systems but Linux.
func (f *File) Allocate(offset, size int64) error {
	return f.AllocateContext(context.Background(), offset, size)
}

// AllocateContext is like Allocate, but returns when ctx ends: on a disk before it has begun, on
// a mount that may hang at any time (ErrLeft).
func (f *File) AllocateContext(ctx context.Context, offset, size int64) error {
	return f.block(ctx, "allocate", func(fd int) error { return f.d.System().Fallocate(fd, offset, size) })
}

// Chmod changes the mode of the file: see the function Chmod. fchmod(2).
func (f *File) Chmod(mode os.FileMode) error { return f.ChmodContext(context.Background(), mode) }

// ChmodContext is like Chmod, but returns when ctx ends, as TruncateContext does.
func (f *File) ChmodContext(ctx context.Context, mode os.FileMode) error {
	return f.block(ctx, "chmod", func(fd int) error { return f.d.System().Fchmod(fd, sysfile.Mode(mode)) })
}

// Chown changes the owner and the group; -1 leaves one as it is. fchown(2).
func (f *File) Chown(uid, gid int) error { return f.ChownContext(context.Background(), uid, gid) }

// ChownContext is like Chown, but returns when ctx ends, as TruncateContext does.
func (f *File) ChownContext(ctx context.Context, uid, gid int) error {
	return f.block(ctx, "chown", func(fd int) error { return f.d.System().Fchown(fd, uid, gid) })
}

// Chdir makes f, a directory, the working directory of the whole process. fchdir(2).
func (f *File) Chdir() error { return f.ChdirContext(context.Background()) }

// ChdirContext is like Chdir, but returns when ctx ends, as TruncateContext does.
func (f *File) ChdirContext(ctx context.Context) error {
	err := f.block(ctx, "chdir", func(fd int) error { return f.d.System().Fchdir(fd) })
	if err == nil && !f.d.Loop.Loops.Simulated {
		sysfile.LogDirectory()
	}
	return err
}
