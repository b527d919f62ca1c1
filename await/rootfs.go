package await

import (
	"context"
	"io/fs"
)

// FS is the tree as an fs.FS whose files are *File. It implements fs.ReadDirFS, fs.StatFS,
// fs.ReadFileFS and fs.ReadLinkFS. Unlike with DirFS no symbolic link leads out of it.
func (r *Root) FS() fs.FS { return (*rootFS)(r) }

type rootFS Root

// inRoot makes a call on name if it is a name of package fs's.
func inRoot[T any](r *rootFS, op, name string, call func(r *Root, name string) (T, error)) (result T, err error) {
	if !fs.ValidPath(name) {
		return result, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	return call((*Root)(r), name)
}

func (r *rootFS) Open(name string) (fs.File, error) {
	f, err := inRoot(r, "open", name, (*Root).Open)
	if err != nil {
		return nil, err // and no *File that is nil
	}
	return f, nil
}

func (r *rootFS) ReadDir(name string) ([]fs.DirEntry, error) {
	return inRoot(r, "readdir", name, func(r *Root, name string) ([]fs.DirEntry, error) {
		return onTreeFor(r.io, context.Background(), "readdir", name, func() ([]fs.DirEntry, error) { return fs.ReadDir(r.root.FS(), name) }, nil)
	})
}

func (r *rootFS) ReadFile(name string) ([]byte, error) {
	return inRoot(r, "readfile", name, (*Root).ReadFile)
}

func (r *rootFS) Stat(name string) (fs.FileInfo, error) {
	return inRoot(r, "stat", name, (*Root).Stat)
}

func (r *rootFS) Lstat(name string) (fs.FileInfo, error) {
	return inRoot(r, "lstat", name, (*Root).Lstat)
}

func (r *rootFS) ReadLink(name string) (string, error) {
	return inRoot(r, "readlink", name, (*Root).Readlink)
}

var (
	_ fs.ReadDirFS  = (*rootFS)(nil)
	_ fs.ReadFileFS = (*rootFS)(nil)
	_ fs.StatFS     = (*rootFS)(nil)
	_ fs.ReadLinkFS = (*rootFS)(nil)
)
