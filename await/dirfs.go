package await

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
)

// DirFS returns a file system for the tree in the directory dir, like os.DirFS: symbolic links in
// it may lead out of it. It implements fs.ReadDirFS, fs.StatFS, fs.ReadFileFS and fs.ReadLinkFS.
// Its files are *File.
//
// Package fs has no contexts. So opening a FIFO that nobody writes to waits until somebody does,
// and a call on a file system that hangs waits too. If names are not trusted, use DirFSContext,
// or call Stat first.
func DirFS(dir string) fs.FS { return defaultIO.DirFS(dir) }

// DirFSContext is like DirFS, but ctx can end its calls: Open, Stat and the others on names, and
// the read of ReadFile. Calls on an open file have no context; Close and deadlines end them.
func DirFSContext(ctx context.Context, dir string) fs.FS { return defaultIO.DirFSContext(ctx, dir) }

// DirFS is the function DirFS on io.
func (io *IO) DirFS(dir string) fs.FS { return io.DirFSContext(context.Background(), dir) }

// DirFSContext is the function DirFSContext on io.
func (io *IO) DirFSContext(ctx context.Context, dir string) fs.FS { return &dirFS{io, ctx, dir} }

type dirFS struct {
	io  *IO
	ctx context.Context
	dir string
}

var errEmptyRoot = errors.New("await: DirFS with empty root")

// path is the path of name, or why it has none.
func (d *dirFS) path(op, name string) (string, error) {
	if d.dir == "" {
		return "", &fs.PathError{Op: op, Path: name, Err: errEmptyRoot}
	}
	if !fs.ValidPath(name) {
		return "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	local, err := filepath.Localize(name)
	if err != nil {
		return "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	return d.dir + string(filepath.Separator) + local, nil
}

// within makes call on the path of name. Its error tells of name: the directory
// is nobody's business.
func within[T any](d *dirFS, op, name string, call func(ctx context.Context, path string) (T, error)) (result T, err error) {
	path, err := d.path(op, name)
	if err != nil {
		return result, err
	}
	result, err = call(d.ctx, path)
	var failed *fs.PathError
	if errors.As(err, &failed) {
		err = &fs.PathError{Op: failed.Op, Path: name, Err: failed.Err}
	}
	return result, err
}

func (d *dirFS) Open(name string) (fs.File, error) {
	f, err := within(d, "open", name, d.io.OpenContext)
	if err != nil {
		return nil, err // and no *File that is nil
	}
	return f, nil
}

func (d *dirFS) ReadFile(name string) ([]byte, error) {
	return within(d, "readfile", name, d.io.ReadFileContext)
}

func (d *dirFS) ReadDir(name string) ([]fs.DirEntry, error) {
	return within(d, "readdir", name, d.io.ReadDirContext)
}

func (d *dirFS) Stat(name string) (fs.FileInfo, error) {
	return within(d, "stat", name, d.io.StatContext)
}

func (d *dirFS) Lstat(name string) (fs.FileInfo, error) {
	return within(d, "lstat", name, d.io.LstatContext)
}

func (d *dirFS) ReadLink(name string) (string, error) {
	return within(d, "readlink", name, d.io.ReadlinkContext)
}

var (
	_ fs.ReadDirFS  = (*dirFS)(nil)
	_ fs.ReadFileFS = (*dirFS)(nil)
	_ fs.StatFS     = (*dirFS)(nil)
	_ fs.ReadLinkFS = (*dirFS)(nil)
)
