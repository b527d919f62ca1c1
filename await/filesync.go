package await

import (
	"context"
	"os"

	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/proactor"
)

// Sync waits until what was written is on the device. It covers the writes that
// had returned before it was called.
//
// Callers share their syncs, whether they call Sync, Datasync or the forms of
// WriteAtSync and AppendSync: one fsync(2) is for all that came before it began. One
// caller makes it, and blocks its thread, Config.Workers of them at most; the others
// park. On epoll, kqueue and io_uring alike.
//
// Of a failed write-back the system tells once for each open file. All that called
// before or during the sync that fails are told. errors.Is knows EIO, ENOSPC and EDQUOT,
// EROFS and EINVAL (not a file that can be synced), os.ErrClosed, and on an abandonable
// file os.ErrDeadlineExceeded.
//
// fsync(2); on macOS F_FULLFSYNC.
func (f *File) Sync() error { return f.SyncContext(context.Background()) }

// SyncContext is Sync that ctx can end while it waits: for a sync that another caller
// makes, or for its turn. A sync that the call makes itself is waited for, unless the
// file is abandonable.
func (f *File) SyncContext(ctx context.Context) error { return f.sync(ctx, "sync", 0) }

// Datasync is Sync without the metadata that reading the data back does not
// need, such as its time. fdatasync(2) on Linux, fsync(2) elsewhere.
func (f *File) Datasync() error { return f.DatasyncContext(context.Background()) }

// DatasyncContext is Datasync that ctx can end as it can end SyncContext.
func (f *File) DatasyncContext(ctx context.Context) error {
	return f.sync(ctx, "datasync", proactor.FsyncDataOnly)
}

// Truncate makes the file size bytes long. What it gains reads as zeros. The
// position stays where it is.
func (f *File) Truncate(size int64) error { return f.TruncateContext(context.Background(), size) }

// TruncateContext is Truncate that ctx can end before it has begun.
func (f *File) TruncateContext(ctx context.Context, size int64) error {
	return f.block(ctx, "truncate", func(fd int) error { return sysfile.Truncate(fd, size) })
}

// Allocate gives the size bytes of the file at offset room on the device, so
// that writing there does not fail for want of it. A shorter file becomes
// longer; what it gains reads as zeros.
//
// Where the system or the file system cannot, the error is
// errors.ErrUnsupported; today it is on all systems but Linux.
func (f *File) Allocate(offset, size int64) error {
	return f.AllocateContext(context.Background(), offset, size)
}

// AllocateContext is Allocate that ctx can end before it has begun.
func (f *File) AllocateContext(ctx context.Context, offset, size int64) error {
	return f.block(ctx, "allocate", func(fd int) error { return sysfile.Allocate(fd, offset, size) })
}

// Chmod changes the permissions.
func (f *File) Chmod(mode os.FileMode) error {
	return f.block(context.Background(), "chmod", func(fd int) error {
		return sysfile.Chmod(fd, sysfile.Mode(mode))
	})
}

// Chown changes the owner and the group; -1 leaves one as it is.
func (f *File) Chown(uid, gid int) error {
	return f.block(context.Background(), "chown", func(fd int) error {
		return sysfile.Chown(fd, uid, gid)
	})
}

// Chdir makes the directory that f is the working directory.
func (f *File) Chdir() error {
	err := f.block(context.Background(), "chdir", sysfile.Chdir)
	if err == nil {
		sysfile.LogDirectory()
	}
	return err
}
