package await

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/awaitio/awaitio/internal/sysfile"
)

// A Root is a directory and the tree below it, like os.Root, with files of type *File. No name
// leads out of the tree, whether by "..", by an absolute path or by a symbolic link; such a name
// is an error. A Root stays with its directory when the directory is renamed.
//
// Its methods make the calls of package os through the directory's descriptor. They block the
// caller's thread, or, with a context that can end, a thread of a goroutine that the caller may
// leave; at most Config.Workers do so at once. That includes opening a FIFO whose other end is
// not open: call Stat first if names are not trusted. Calls on an open File are as with any other
// File.
//
// Errors are those of os.Root: an *fs.PathError, or an *os.LinkError. Opening a file takes a second
// descriptor for a moment: at the last one, the error is EMFILE where that of os.Root is nil. Several goroutines may call
// methods at once. The fs.FileInfo that they return are those of package os.
type Root struct {
	io   *IO
	root *os.Root
}

// OpenRoot opens the directory name as a Root.
func OpenRoot(name string) (*Root, error) { return defaultIO.OpenRoot(name) }

// OpenRootContext is like OpenRoot, but returns when ctx ends.
func OpenRootContext(ctx context.Context, name string) (*Root, error) {
	return defaultIO.OpenRootContext(ctx, name)
}

// OpenInRoot opens the file name in the directory dir for reading. No name leads out of
// dir; see Root.
func OpenInRoot(dir, name string) (*File, error) { return defaultIO.OpenInRoot(dir, name) }

// OpenInRootContext is like OpenInRoot, but returns when ctx ends.
func OpenInRootContext(ctx context.Context, dir, name string) (*File, error) {
	return defaultIO.OpenInRootContext(ctx, dir, name)
}

// OpenRoot is the function OpenRoot on io.
func (io *IO) OpenRoot(name string) (*Root, error) {
	return io.OpenRootContext(context.Background(), name)
}

// OpenRootContext is the function OpenRootContext on io.
func (io *IO) OpenRootContext(ctx context.Context, name string) (*Root, error) {
	return io.newRoot(ctx, name, name, func() (*os.Root, error) { return os.OpenRoot(name) })
}

// OpenInRoot is the function OpenInRoot on io.
func (io *IO) OpenInRoot(dir, name string) (*File, error) {
	return io.OpenInRootContext(context.Background(), dir, name)
}

// OpenInRootContext is the function OpenInRootContext on io.
func (io *IO) OpenInRootContext(ctx context.Context, dir, name string) (*File, error) {
	return io.adoptOpened(ctx, name, sysfile.JoinPath(dir, name), os.O_RDONLY, func() (*os.File, error) { return os.OpenInRoot(dir, name) })
}

func (io *IO) newRoot(ctx context.Context, name, at string, open func() (*os.Root, error)) (*Root, error) {
	if io.loops.Simulated {
		return nil, pathFailed("open", name, errSimulated)
	}
	root, err := onTreeAt(io, ctx, "open", name, at, open, func(late *os.Root) { _ = late.Close() })
	if err != nil {
		return nil, err
	}
	return &Root{io, root}, nil
}

// adoptOpened makes a File of a file that package os opens.
func (io *IO) adoptOpened(ctx context.Context, name, at string, flag int, open func() (*os.File, error)) (*File, error) {
	if io.loops.Simulated {
		return nil, pathFailed("open", name, errSimulated)
	}
	f, err := onTreeAt(io, ctx, "open", name, at, open, func(late *os.File) { _ = late.Close() })
	if err != nil {
		return nil, err
	}
	if flag&sysfile.OpenNonblock == 0 {
		_ = f.Fd() // package os sets what can be polled non-blocking, and this takes it back
	}
	adopted, err := io.AdoptFile(f)
	if err != nil {
		_ = f.Close() // the error above is the one to tell
		return nil, pathFailed("openat", name, errors.Unwrap(err))
	}
	return adopted, nil
}

// inRoot makes a call on the file name of r.
func inRoot[T any](r *Root, ctx context.Context, op, name string, call func() (T, error)) (T, error) {
	return onTreeAt(r.io, ctx, op, name, r.path(name), call, nil)
}

func (r *Root) onTree(ctx context.Context, op, name string, call func() error) error {
	_, err := inRoot(r, ctx, op, name, func() (struct{}, error) { return struct{}{}, call() })
	return err
}

// path is where name is, as far as the Root has not been renamed. No name leads out of it.
func (r *Root) path(name string) string { return sysfile.JoinPath(r.root.Name(), name) }

// Name is the name given to OpenRoot. It stays the same after Close.
func (r *Root) Name() string { return r.root.Name() }

// Close closes the Root. Methods fail with os.ErrClosed then; files that were opened stay
// open. A second Close does nothing.
func (r *Root) Close() error { return r.root.Close() }

// Open opens the file name for reading.
func (r *Root) Open(name string) (*File, error) {
	return r.OpenContext(context.Background(), name)
}

// Create creates the file name, or empties it if it is there, and opens it for reading and
// writing.
func (r *Root) Create(name string) (*File, error) {
	return r.CreateContext(context.Background(), name)
}

// OpenFile opens the named file, as the function OpenFile does. perm may only have bits of 0o777.
func (r *Root) OpenFile(name string, flag int, perm os.FileMode) (*File, error) {
	return r.OpenFileContext(context.Background(), name, flag, perm)
}

// OpenRoot opens the directory name as a Root of its own.
func (r *Root) OpenRoot(name string) (*Root, error) {
	return r.OpenRootContext(context.Background(), name)
}

// ReadFile reads the whole file name. Its end is no error.
func (r *Root) ReadFile(name string) ([]byte, error) {
	return r.ReadFileContext(context.Background(), name)
}

// WriteFile writes data to the named file. It truncates the file, or creates it with perm, before
// umask.
func (r *Root) WriteFile(name string, data []byte, perm os.FileMode) error {
	return r.WriteFileContext(context.Background(), name, data, perm)
}

// Stat returns a FileInfo for the named file, following symbolic links.
func (r *Root) Stat(name string) (fs.FileInfo, error) {
	return r.StatContext(context.Background(), name)
}

// Lstat is like Stat, but does not follow a symbolic link.
func (r *Root) Lstat(name string) (fs.FileInfo, error) {
	return r.LstatContext(context.Background(), name)
}

// Readlink returns the target of a symbolic link, which may be out of the tree.
func (r *Root) Readlink(name string) (string, error) {
	return r.ReadlinkContext(context.Background(), name)
}

// Mkdir creates a directory. perm may only have bits of 0o777.
func (r *Root) Mkdir(name string, perm os.FileMode) error {
	return r.MkdirContext(context.Background(), name, perm)
}

// MkdirAll creates a directory and all missing parents.
func (r *Root) MkdirAll(name string, perm os.FileMode) error {
	return r.MkdirAllContext(context.Background(), name, perm)
}

// Remove removes a file or an empty directory.
func (r *Root) Remove(name string) error {
	return r.RemoveContext(context.Background(), name)
}

// RemoveAll removes name and everything in it. It returns nil if name does not exist.
func (r *Root) RemoveAll(name string) error {
	return r.RemoveAllContext(context.Background(), name)
}

// Rename renames, in place of what has the new name. Both names are the Root's.
func (r *Root) Rename(oldName, newName string) error {
	return r.RenameContext(context.Background(), oldName, newName)
}

// Link makes newName a hard link to the file oldName. Both names are the Root's.
func (r *Root) Link(oldName, newName string) error {
	return r.LinkContext(context.Background(), oldName, newName)
}

// Symlink makes newName a symbolic link to oldName, which may lead anywhere; no method of
// the Root follows it out of the tree.
func (r *Root) Symlink(oldName, newName string) error {
	return r.SymlinkContext(context.Background(), oldName, newName)
}

// Chmod changes the mode of the file name, or of the one that a symbolic link leads to.
func (r *Root) Chmod(name string, mode os.FileMode) error {
	return r.ChmodContext(context.Background(), name, mode)
}

// Chown changes the owner and the group; -1 leaves one as it is.
func (r *Root) Chown(name string, uid, gid int) error {
	return r.ChownContext(context.Background(), name, uid, gid)
}

// Lchown is Chown of a symbolic link itself.
func (r *Root) Lchown(name string, uid, gid int) error {
	return r.LchownContext(context.Background(), name, uid, gid)
}

// Chtimes changes the times. A zero Time leaves what is there.
func (r *Root) Chtimes(name string, accessed, modified time.Time) error {
	return r.ChtimesContext(context.Background(), name, accessed, modified)
}
