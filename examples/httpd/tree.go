package main

import (
	"errors"
	"io/fs"
	"os"

	"github.com/awaitio/awaitio/await"
)

// A tree is the files in a directory, without those that symbolic links reach
// outside it.
type tree struct {
	files fs.FS    // follows links wherever they lead
	root  *os.Root // refuses those that lead out
}

func openTree(dir string) (*tree, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &tree{await.DirFS(dir), root}, nil
}

func (t *tree) Close() error { return t.root.Close() }

// Open opens a file or a directory of the tree.
func (t *tree) Open(name string) (fs.File, error) {
	inside, err := t.stat(name)
	if err != nil {
		return nil, err
	}
	f, err := t.files.Open(name)
	if err != nil {
		return nil, err
	}
	// A link may have been put in the way since stat.
	opened, err := f.Stat()
	if err == nil && !await.SameFile(inside, opened) {
		err = forbidden(name)
	}
	if err != nil {
		_ = f.Close() // nobody has seen it
		return nil, err
	}
	return f, nil
}

// stat finds what is inside the directory. Opening some of what is neither a
// file nor a directory would wait, or do something.
func (t *tree) stat(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	info, err := t.root.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, err
	case err != nil, !info.Mode().IsRegular() && !info.IsDir():
		return nil, forbidden(name)
	}
	return info, nil
}

func forbidden(name string) error {
	return &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}
