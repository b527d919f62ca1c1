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

// MkdirContext is Mkdir that ctx can end.
func MkdirContext(ctx context.Context, name string, perm os.FileMode) error {
	return defaultIO.MkdirContext(ctx, name, perm)
}

// MkdirAllContext is MkdirAll that ctx can end.
func MkdirAllContext(ctx context.Context, name string, perm os.FileMode) error {
	return defaultIO.MkdirAllContext(ctx, name, perm)
}

// RemoveContext is Remove that ctx can end.
func RemoveContext(ctx context.Context, name string) error {
	return defaultIO.RemoveContext(ctx, name)
}

// RemoveAllContext is RemoveAll that ctx can end.
func RemoveAllContext(ctx context.Context, name string) error {
	return defaultIO.RemoveAllContext(ctx, name)
}

// RenameContext is Rename that ctx can end.
func RenameContext(ctx context.Context, oldName, newName string) error {
	return defaultIO.RenameContext(ctx, oldName, newName)
}

// LinkContext is Link that ctx can end.
func LinkContext(ctx context.Context, oldName, newName string) error {
	return defaultIO.LinkContext(ctx, oldName, newName)
}

// SymlinkContext is Symlink that ctx can end.
func SymlinkContext(ctx context.Context, oldName, newName string) error {
	return defaultIO.SymlinkContext(ctx, oldName, newName)
}

// ChmodContext is Chmod that ctx can end.
func ChmodContext(ctx context.Context, name string, mode os.FileMode) error {
	return defaultIO.ChmodContext(ctx, name, mode)
}

// ChtimesContext is Chtimes that ctx can end.
func ChtimesContext(ctx context.Context, name string, accessed, modified time.Time) error {
	return defaultIO.ChtimesContext(ctx, name, accessed, modified)
}

// ReadlinkContext is Readlink that ctx can end.
func ReadlinkContext(ctx context.Context, name string) (string, error) {
	return defaultIO.ReadlinkContext(ctx, name)
}

// ReadDirContext is ReadDir that ctx can end.
func ReadDirContext(ctx context.Context, name string) ([]fs.DirEntry, error) {
	return defaultIO.ReadDirContext(ctx, name)
}

// ReadFileContext is ReadFile that ctx can end. What was read by then is returned.
func ReadFileContext(ctx context.Context, name string) ([]byte, error) {
	return defaultIO.ReadFileContext(ctx, name)
}

// WriteFileContext is WriteFile that ctx can end. The file then has a part.
func WriteFileContext(ctx context.Context, name string, data []byte, perm os.FileMode) error {
	return defaultIO.WriteFileContext(ctx, name, data, perm)
}
