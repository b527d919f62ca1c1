package await

import (
	"context"
	"io/fs"
	"os"
	"time"
)

// Forms with a context. It ends a call that waits until it may block a thread, and one that runs:
// that is left to the kernel, and may still happen. See the functions of the same names.

// OpenContext is Open that ctx can end. A FIFO that nobody writes to is left waiting, too.
func (r *Root) OpenContext(ctx context.Context, name string) (*File, error) {
	return r.OpenFileContext(ctx, name, os.O_RDONLY, 0)
}

// CreateContext is Create that ctx can end.
func (r *Root) CreateContext(ctx context.Context, name string) (*File, error) {
	return r.OpenFileContext(ctx, name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, createMode)
}

// OpenFileContext is OpenFile that ctx can end.
func (r *Root) OpenFileContext(ctx context.Context, name string, flag int, perm os.FileMode) (*File, error) {
	return r.io.adoptOpened(ctx, name, r.path(name), flag, func() (*os.File, error) { return r.root.OpenFile(name, flag, perm) })
}

// OpenRootContext is OpenRoot that ctx can end.
func (r *Root) OpenRootContext(ctx context.Context, name string) (*Root, error) {
	return r.io.newRoot(ctx, name, r.path(name), func() (*os.Root, error) { return r.root.OpenRoot(name) })
}

// ReadFileContext is ReadFile that ctx can end. What was read by then is returned.
func (r *Root) ReadFileContext(ctx context.Context, name string) ([]byte, error) {
	f, err := r.OpenContext(ctx, name)
	if err != nil {
		return nil, err
	}
	return readWhole(ctx, f)
}

// WriteFileContext is WriteFile that ctx can end. The file then has a part.
func (r *Root) WriteFileContext(ctx context.Context, name string, data []byte, perm os.FileMode) error {
	f, err := r.OpenFileContext(ctx, name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
	if err != nil {
		return err
	}
	return writeWhole(ctx, f, data)
}

// StatContext is Stat that ctx can end.
func (r *Root) StatContext(ctx context.Context, name string) (fs.FileInfo, error) {
	return inRoot(r, ctx, "statat", name, func() (fs.FileInfo, error) { return r.root.Stat(name) })
}

// LstatContext is Lstat that ctx can end.
func (r *Root) LstatContext(ctx context.Context, name string) (fs.FileInfo, error) {
	return inRoot(r, ctx, "lstatat", name, func() (fs.FileInfo, error) { return r.root.Lstat(name) })
}

// ReadlinkContext is Readlink that ctx can end.
func (r *Root) ReadlinkContext(ctx context.Context, name string) (string, error) {
	return inRoot(r, ctx, "readlinkat", name, func() (string, error) { return r.root.Readlink(name) })
}

// MkdirContext is Mkdir that ctx can end.
func (r *Root) MkdirContext(ctx context.Context, name string, perm os.FileMode) error {
	return r.onTree(ctx, "mkdirat", name, func() error { return r.root.Mkdir(name, perm) })
}

// MkdirAllContext is MkdirAll that ctx can end.
func (r *Root) MkdirAllContext(ctx context.Context, name string, perm os.FileMode) error {
	return r.onTree(ctx, "mkdirat", name, func() error { return r.root.MkdirAll(name, perm) })
}

// RemoveContext is Remove that ctx can end.
func (r *Root) RemoveContext(ctx context.Context, name string) error {
	return r.onTree(ctx, "removeat", name, func() error { return r.root.Remove(name) })
}

// RemoveAllContext is RemoveAll that ctx can end.
func (r *Root) RemoveAllContext(ctx context.Context, name string) error {
	return r.onTree(ctx, "RemoveAll", name, func() error { return r.root.RemoveAll(name) })
}

// RenameContext is Rename that ctx can end.
func (r *Root) RenameContext(ctx context.Context, oldName, newName string) error {
	at := [2]string{r.path(oldName), r.path(newName)}
	return r.io.onTwo(ctx, "renameat", oldName, newName, at, func() error { return r.root.Rename(oldName, newName) })
}

// LinkContext is Link that ctx can end.
func (r *Root) LinkContext(ctx context.Context, oldName, newName string) error {
	at := [2]string{r.path(oldName), r.path(newName)}
	return r.io.onTwo(ctx, "linkat", oldName, newName, at, func() error { return r.root.Link(oldName, newName) })
}

// SymlinkContext is Symlink that ctx can end.
func (r *Root) SymlinkContext(ctx context.Context, oldName, newName string) error {
	at := [2]string{1: r.path(newName)}
	return r.io.onTwo(ctx, "symlinkat", oldName, newName, at, func() error { return r.root.Symlink(oldName, newName) })
}

// ChmodContext is Chmod that ctx can end.
func (r *Root) ChmodContext(ctx context.Context, name string, mode os.FileMode) error {
	return r.onTree(ctx, "chmodat", name, func() error { return r.root.Chmod(name, mode) })
}

// ChownContext is Chown that ctx can end.
func (r *Root) ChownContext(ctx context.Context, name string, uid, gid int) error {
	return r.onTree(ctx, "chownat", name, func() error { return r.root.Chown(name, uid, gid) })
}

// LchownContext is Lchown that ctx can end.
func (r *Root) LchownContext(ctx context.Context, name string, uid, gid int) error {
	return r.onTree(ctx, "lchownat", name, func() error { return r.root.Lchown(name, uid, gid) })
}

// ChtimesContext is Chtimes that ctx can end.
func (r *Root) ChtimesContext(ctx context.Context, name string, accessed, modified time.Time) error {
	return r.onTree(ctx, "chtimesat", name, func() error { return r.root.Chtimes(name, accessed, modified) })
}
