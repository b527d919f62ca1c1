package await

import (
	"context"
	"io/fs"
)

// FS is the tree as an fs.FS whose files are *File. It implements fs.ReadDirFS, fs.StatFS,
// fs.ReadFileFS and fs.ReadLinkFS. Unlike with DirFS no symbolic link leads out of it.
func (r *Root) FS() fs.FS { return r.FSContext(context.Background()) }

// FSContext is like FS, but ctx can end its calls, except those on an open file.
func (r *Root) FSContext(ctx context.Context) fs.FS { return &rootFS{r, ctx} }

type rootFS struct {
	root *Root
	ctx  context.Context
}

// inRootFS makes a call on name if it is a name of package fs's.
func inRootFS[T any](r *rootFS, op, name string, call func(r *Root, ctx context.Context, name string) (T, error)) (result T, err error) {
	if !fs.ValidPath(name) {
		return result, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	return call(r.root, r.ctx, name)
}

func (r *rootFS) Open(name string) (fs.File, error) {
	f, err := inRootFS(r, "open", name, (*Root).OpenContext)
	if err != nil {
		return nil, err // and no *File that is nil
	}
	return f, nil
}

func (r *rootFS) ReadDir(name string) ([]fs.DirEntry, error) {
	return inRootFS(r, "readdir", name, func(r *Root, ctx context.Context, name string) ([]fs.DirEntry, error) {
		return inRoot(r, ctx, "readdir", name, func() ([]fs.DirEntry, error) { return fs.ReadDir(r.root.FS(), name) })
	})
}

func (r *rootFS) ReadFile(name string) ([]byte, error) {
	return inRootFS(r, "readfile", name, (*Root).ReadFileContext)
}

func (r *rootFS) Stat(name string) (fs.FileInfo, error) {
	return inRootFS(r, "stat", name, (*Root).StatContext)
}

func (r *rootFS) Lstat(name string) (fs.FileInfo, error) {
	return inRootFS(r, "lstat", name, (*Root).LstatContext)
}

func (r *rootFS) ReadLink(name string) (string, error) {
	return inRootFS(r, "readlink", name, (*Root).ReadlinkContext)
}

var (
	_ fs.ReadDirFS  = (*rootFS)(nil)
	_ fs.ReadFileFS = (*rootFS)(nil)
	_ fs.StatFS     = (*rootFS)(nil)
	_ fs.ReadLinkFS = (*rootFS)(nil)
)
