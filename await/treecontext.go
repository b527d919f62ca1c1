package await

import (
	"context"
	"io/fs"
	"os"
	"time"
)

// Forms with a context. It ends a call that waits until it may block a thread, and one that
// runs: that is left to the kernel, and may still happen. ReadFileContext and
// WriteFileContext stop between and, where the backend can, in their reads and writes. The
// error is then an *fs.PathError, or an *os.LinkError, round context.Cause; errors.Is knows
// proactor.ErrCanceled too, and ErrLeft of what was left.

// MkdirContext is like Mkdir, but returns when ctx ends.
func MkdirContext(ctx context.Context, name string, perm os.FileMode) error {
	return defaultIO.MkdirContext(ctx, name, perm)
}

// MkdirAllContext is like MkdirAll, but returns when ctx ends.
func MkdirAllContext(ctx context.Context, name string, perm os.FileMode) error {
	return defaultIO.MkdirAllContext(ctx, name, perm)
}

// RemoveContext is like Remove, but returns when ctx ends.
func RemoveContext(ctx context.Context, name string) error {
	return defaultIO.RemoveContext(ctx, name)
}

// RemoveAllContext is like RemoveAll, but returns when ctx ends.
func RemoveAllContext(ctx context.Context, name string) error {
	return defaultIO.RemoveAllContext(ctx, name)
}

// RenameContext is like Rename, but returns when ctx ends.
func RenameContext(ctx context.Context, oldName, newName string) error {
	return defaultIO.RenameContext(ctx, oldName, newName)
}

// LinkContext is like Link, but returns when ctx ends.
func LinkContext(ctx context.Context, oldName, newName string) error {
	return defaultIO.LinkContext(ctx, oldName, newName)
}

// SymlinkContext is like Symlink, but returns when ctx ends.
func SymlinkContext(ctx context.Context, oldName, newName string) error {
	return defaultIO.SymlinkContext(ctx, oldName, newName)
}

// ChmodContext is like Chmod, but returns when ctx ends.
func ChmodContext(ctx context.Context, name string, mode os.FileMode) error {
	return defaultIO.ChmodContext(ctx, name, mode)
}

// ChtimesContext is like Chtimes, but returns when ctx ends.
func ChtimesContext(ctx context.Context, name string, accessed, modified time.Time) error {
	return defaultIO.ChtimesContext(ctx, name, accessed, modified)
}

// ReadlinkContext is like Readlink, but returns when ctx ends.
func ReadlinkContext(ctx context.Context, name string) (string, error) {
	return defaultIO.ReadlinkContext(ctx, name)
}

// ReadDirContext is like ReadDir, but returns when ctx ends.
func ReadDirContext(ctx context.Context, name string) ([]fs.DirEntry, error) {
	return defaultIO.ReadDirContext(ctx, name)
}

// ReadFileContext is like ReadFile, but returns when ctx ends, with the data read until then.
func ReadFileContext(ctx context.Context, name string) ([]byte, error) {
	return defaultIO.ReadFileContext(ctx, name)
}

// WriteFileContext is like WriteFile, but returns when ctx ends. The file then has part of the
// data.
func WriteFileContext(ctx context.Context, name string, data []byte, perm os.FileMode) error {
	return defaultIO.WriteFileContext(ctx, name, data, perm)
}
