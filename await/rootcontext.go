package await

import (
	"context"
	"io/fs"
	"os"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
)

// Forms with a context. It ends a call that waits until it may block a thread, and one that runs:
// that is left to the kernel, and may still happen. See the functions of the same names.

// OpenContext is like Open, but returns when ctx ends, even while it waits for the other end of a
// FIFO.
func (r *Root) OpenContext(ctx context.Context, name string) (*File, error) {
	return r.OpenFileContext(ctx, name, os.O_RDONLY, 0)
}

// CreateContext is like Create, but returns when ctx ends.
func (r *Root) CreateContext(ctx context.Context, name string) (*File, error) {
	return r.OpenFileContext(ctx, name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, createMode)
}

// OpenFileContext is like OpenFile, but returns when ctx ends.
func (r *Root) OpenFileContext(ctx context.Context, name string, flag int, perm os.FileMode) (*File, error) {
	return r.io.adoptOpened(ctx, name, r.path(name), flag, func() (*os.File, error) { return r.root.OpenFile(name, flag, perm) })
}

// OpenRootContext is like OpenRoot, but returns when ctx ends.
func (r *Root) OpenRootContext(ctx context.Context, name string) (*Root, error) {
	return r.io.newRoot(ctx, name, r.path(name), func() (*os.Root, error) { return r.root.OpenRoot(name) })
}

// ReadFileContext is like ReadFile, but returns when ctx ends, with the data read until then.
func (r *Root) ReadFileContext(ctx context.Context, name string) ([]byte, error) {
	if err := r.io.loops.Admit(ctx); err != nil {
		return nil, pathFailed("openat", name, err)
	}
	defer r.io.loops.EndAdmitted()
	ctx = fdcall.Admitted(ctx)
	f, err := r.OpenContext(ctx, name)
	if err != nil {
		return nil, err
	}
	return readWhole(ctx, f)
}

// WriteFileContext is like WriteFile, but returns when ctx ends. The file then has part of the
// data.
func (r *Root) WriteFileContext(ctx context.Context, name string, data []byte, perm os.FileMode) error {
	if err := r.io.loops.Admit(ctx); err != nil {
		return pathFailed("openat", name, err)
	}
	defer r.io.loops.EndAdmitted()
	ctx = fdcall.Admitted(ctx)
	f, err := r.OpenFileContext(ctx, name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
	if err != nil {
		return err
	}
	return writeWhole(ctx, f, data)
}

// StatContext is like Stat, but returns when ctx ends.
func (r *Root) StatContext(ctx context.Context, name string) (fs.FileInfo, error) {
	return inRoot(r, ctx, "statat", name, func() (fs.FileInfo, error) { return r.root.Stat(name) })
}

// LstatContext is like Lstat, but returns when ctx ends.
func (r *Root) LstatContext(ctx context.Context, name string) (fs.FileInfo, error) {
	return inRoot(r, ctx, "lstatat", name, func() (fs.FileInfo, error) { return r.root.Lstat(name) })
}

// ReadlinkContext is like Readlink, but returns when ctx ends.
func (r *Root) ReadlinkContext(ctx context.Context, name string) (string, error) {
	return inRoot(r, ctx, "readlinkat", name, func() (string, error) { return r.root.Readlink(name) })
}

// MkdirContext is like Mkdir, but returns when ctx ends.
func (r *Root) MkdirContext(ctx context.Context, name string, perm os.FileMode) error {
	return r.onTree(ctx, "mkdirat", name, func() error { return r.root.Mkdir(name, perm) })
}

// MkdirAllContext is like MkdirAll, but returns when ctx ends.
func (r *Root) MkdirAllContext(ctx context.Context, name string, perm os.FileMode) error {
	return r.onTree(ctx, "mkdirat", name, func() error { return r.root.MkdirAll(name, perm) })
}

// RemoveContext is like Remove, but returns when ctx ends.
func (r *Root) RemoveContext(ctx context.Context, name string) error {
	return r.onTree(ctx, "removeat", name, func() error { return r.root.Remove(name) })
}

// RemoveAllContext is like RemoveAll, but returns when ctx ends.
func (r *Root) RemoveAllContext(ctx context.Context, name string) error {
	return r.onTree(ctx, "RemoveAll", name, func() error { return r.root.RemoveAll(name) })
}

// RenameContext is like Rename, but returns when ctx ends.
func (r *Root) RenameContext(ctx context.Context, oldName, newName string) error {
	at := [2]string{r.path(oldName), r.path(newName)}
	return r.io.onTwo(ctx, "renameat", oldName, newName, at, func() error { return r.root.Rename(oldName, newName) })
}

// LinkContext is like Link, but returns when ctx ends.
func (r *Root) LinkContext(ctx context.Context, oldName, newName string) error {
	at := [2]string{r.path(oldName), r.path(newName)}
	return r.io.onTwo(ctx, "linkat", oldName, newName, at, func() error { return r.root.Link(oldName, newName) })
}

// SymlinkContext is like Symlink, but returns when ctx ends.
func (r *Root) SymlinkContext(ctx context.Context, oldName, newName string) error {
	at := [2]string{1: r.path(newName)}
	return r.io.onTwo(ctx, "symlinkat", oldName, newName, at, func() error { return r.root.Symlink(oldName, newName) })
}

// ChmodContext is like Chmod, but returns when ctx ends.
func (r *Root) ChmodContext(ctx context.Context, name string, mode os.FileMode) error {
	return r.onTree(ctx, "chmodat", name, func() error { return r.root.Chmod(name, mode) })
}

// ChownContext is like Chown, but returns when ctx ends.
func (r *Root) ChownContext(ctx context.Context, name string, uid, gid int) error {
	return r.onTree(ctx, "chownat", name, func() error { return r.root.Chown(name, uid, gid) })
}

// LchownContext is like Lchown, but returns when ctx ends.
func (r *Root) LchownContext(ctx context.Context, name string, uid, gid int) error {
	return r.onTree(ctx, "lchownat", name, func() error { return r.root.Lchown(name, uid, gid) })
}

// ChtimesContext is like Chtimes, but returns when ctx ends.
func (r *Root) ChtimesContext(ctx context.Context, name string, accessed, modified time.Time) error {
	return r.onTree(ctx, "chtimesat", name, func() error { return r.root.Chtimes(name, accessed, modified) })
}
