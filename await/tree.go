package await

import (
	"context"
	"os"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
)

// Calls on the tree of files. Those that no backend takes are package os's own,
// made by the calling goroutine or, where the context can end, by one of their own: at
// most Config.Workers of them block a thread at once. A context ends a call that waits for
// its turn, and leaves one that runs: ErrLeft.

// Mkdir creates a directory with the permissions perm, before umask.
func Mkdir(name string, perm os.FileMode) error { return defaultIO.Mkdir(name, perm) }

// MkdirAll creates a directory and all missing parents, with the permissions perm, before umask.
// It returns nil if the directory exists.
func MkdirAll(name string, perm os.FileMode) error { return defaultIO.MkdirAll(name, perm) }

// Remove removes a file or an empty directory.
func Remove(name string) error { return defaultIO.Remove(name) }

// RemoveAll removes name and everything in it, as far as it can, and returns the first error. It
// returns nil if name does not exist. It does not follow symbolic links.
func RemoveAll(name string) error { return defaultIO.RemoveAll(name) }

// Rename renames a file or directory. It replaces newName if that is not a directory.
func Rename(oldName, newName string) error { return defaultIO.Rename(oldName, newName) }

// Link makes newName a hard link to the file oldName.
func Link(oldName, newName string) error { return defaultIO.Link(oldName, newName) }

// Symlink makes newName a symbolic link to oldName, which need not exist.
func Symlink(oldName, newName string) error { return defaultIO.Symlink(oldName, newName) }

// Chmod changes the mode of the named file, following symbolic links: the permissions,
// fs.ModeSetuid, fs.ModeSetgid and fs.ModeSticky.
func Chmod(name string, mode os.FileMode) error { return defaultIO.Chmod(name, mode) }

// Chtimes changes the times of the named file, following symbolic links. A zero Time leaves a
// time unchanged.
func Chtimes(name string, accessed, modified time.Time) error {
	return defaultIO.Chtimes(name, accessed, modified)
}

// Mkdir is the function Mkdir on io.
func (io *IO) Mkdir(name string, perm os.FileMode) error {
	return io.MkdirContext(context.Background(), name, perm)
}

// MkdirContext is like Mkdir, but returns when ctx ends.
func (io *IO) MkdirContext(ctx context.Context, name string, perm os.FileMode) error {
	return io.onTree(ctx, "mkdir", name, func() error { return io.loops.System.Mkdir(name, perm) })
}

// MkdirAll is the function MkdirAll on io.
func (io *IO) MkdirAll(name string, perm os.FileMode) error {
	return io.MkdirAllContext(context.Background(), name, perm)
}

// MkdirAllContext is like MkdirAll, but returns when ctx ends.
func (io *IO) MkdirAllContext(ctx context.Context, name string, perm os.FileMode) error {
	return io.onTree(ctx, "mkdir", name, func() error { return io.loops.System.MkdirAll(name, perm) })
}

// Remove is the function Remove on io.
func (io *IO) Remove(name string) error { return io.RemoveContext(context.Background(), name) }

// RemoveContext is like Remove, but returns when ctx ends.
func (io *IO) RemoveContext(ctx context.Context, name string) error {
	return io.onTree(ctx, "remove", name, func() error { return io.loops.System.Remove(name) })
}

// RemoveAll is the function RemoveAll on io.
func (io *IO) RemoveAll(name string) error { return io.RemoveAllContext(context.Background(), name) }

// RemoveAllContext is like RemoveAll, but returns when ctx ends.
func (io *IO) RemoveAllContext(ctx context.Context, name string) error {
	return io.onTree(ctx, "removeall", name, func() error { return io.loops.System.RemoveAll(name) })
}

// Rename is the function Rename on io.
func (io *IO) Rename(oldName, newName string) error {
	return io.RenameContext(context.Background(), oldName, newName)
}

// RenameContext is like Rename, but returns when ctx ends.
func (io *IO) RenameContext(ctx context.Context, oldName, newName string) error {
	return io.onTwo(ctx, "rename", oldName, newName, [2]string{oldName, newName}, func() error { return io.loops.System.Rename(oldName, newName) })
}

// Chmod is the function Chmod on io.
func (io *IO) Chmod(name string, mode os.FileMode) error {
	return io.ChmodContext(context.Background(), name, mode)
}

// ChmodContext is like Chmod, but returns when ctx ends.
func (io *IO) ChmodContext(ctx context.Context, name string, mode os.FileMode) error {
	return io.onTree(ctx, "chmod", name, func() error { return io.loops.System.Chmod(name, mode) })
}

// Chtimes is the function Chtimes on io.
func (io *IO) Chtimes(name string, accessed, modified time.Time) error {
	return io.ChtimesContext(context.Background(), name, accessed, modified)
}

// ChtimesContext is like Chtimes, but returns when ctx ends.
func (io *IO) ChtimesContext(ctx context.Context, name string, accessed, modified time.Time) error {
	return io.onTree(ctx, "chtimes", name, func() error { return io.loops.System.Chtimes(name, accessed, modified) })
}

// Link is the function Link on io.
func (io *IO) Link(oldName, newName string) error {
	return io.LinkContext(context.Background(), oldName, newName)
}

// LinkContext is like Link, but returns when ctx ends.
func (io *IO) LinkContext(ctx context.Context, oldName, newName string) error {
	return io.onTwo(ctx, "link", oldName, newName, [2]string{oldName, newName}, func() error { return io.loops.System.Link(oldName, newName) })
}

// Symlink is the function Symlink on io.
func (io *IO) Symlink(oldName, newName string) error {
	return io.SymlinkContext(context.Background(), oldName, newName)
}

// SymlinkContext is like Symlink, but returns when ctx ends.
func (io *IO) SymlinkContext(ctx context.Context, oldName, newName string) error {
	return io.onTwo(ctx, "symlink", oldName, newName, [2]string{1: newName}, func() error { return io.loops.System.Symlink(oldName, newName) })
}

// onTree makes a call of package os, whose errors say what they are of. If the call
// was not made, or was left, the error is made to say it too.
func (io *IO) onTree(ctx context.Context, op, name string, call func() error) error {
	_, err := onTreeFor(io, ctx, op, name, func() (struct{}, error) { return struct{}{}, call() }, nil)
	return err
}

// onTwo is onTree for what has two names. at are the files to look for the mounts of.
func (io *IO) onTwo(ctx context.Context, op, oldName, newName string, at [2]string, call func() error) error {
	callErr, err := fdcall.LaterOfTwo(io.loops, ctx, op, at[1], at[0], func() (error, error) {
		err := call()
		return err, toldBy(err)
	}, nil)
	if _, complete := err.(toldError); err != nil && !complete {
		return &os.LinkError{Op: op, Old: oldName, New: newName, Err: err}
	}
	return callErr
}

// onTreeFor is onTree for a call with a result. If the caller has left, late is called to discard
// it, unless late is nil. call must not write to what its caller has.
func onTreeFor[T any](io *IO, ctx context.Context, op, name string, call func() (T, error), late func(T)) (T, error) {
	return onTreeAt(io, ctx, op, name, name, call, late)
}

// onTreeAt is onTreeFor where the file name is at another path, to those who look and to its mount.
func onTreeAt[T any](io *IO, ctx context.Context, op, name, at string, call func() (T, error), late func(T)) (T, error) {
	type outcome struct {
		result T
		err    error
	}
	o, err := fdcall.Later(io.loops, ctx, op, at, func() (outcome, error) {
		result, err := call()
		return outcome{result, err}, toldBy(err)
	}, func(o outcome) {
		if o.err == nil && late != nil {
			late(o.result)
		}
	})
	if _, complete := err.(toldError); err != nil && !complete {
		return o.result, pathFailed(op, name, err)
	}
	return o.result, o.err
}

// A toldError is the error of a call that says itself what it is of. Calls are counted by their errors.
type toldError struct{ error }

func toldBy(err error) error {
	if err == nil {
		return nil
	}
	return toldError{err}
}
