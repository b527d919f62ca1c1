package await

import (
	"context"
	goio "io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// CopyFS copies the tree fsys into the directory dir, which it creates if need be, as
// os.CopyFS does: directories with mode 0o777, files with 0o666 and the executable bits
// of the original, all before umask; symbolic links as they are. A file that is there
// already is not replaced: errors.Is knows fs.ErrExist. What was copied by the time of an
// error stays.
//
// Files of ours, such as those of DirFS, are copied by the kernel where it can. Calls of
// fsys itself block as long as they do.
func CopyFS(dir string, fsys fs.FS) error { return defaultIO.CopyFS(dir, fsys) }

// CopyFSContext is CopyFS that ctx can end: between files, and between the reads and
// writes of one, which then has a part.
func CopyFSContext(ctx context.Context, dir string, fsys fs.FS) error {
	return defaultIO.CopyFSContext(ctx, dir, fsys)
}

// CopyFS is the function CopyFS on io.
func (io *IO) CopyFS(dir string, fsys fs.FS) error {
	return io.CopyFSContext(context.Background(), dir, fsys)
}

// CopyFSContext is the function CopyFSContext on io.
func (io *IO) CopyFSContext(ctx context.Context, dir string, fsys fs.FS) error {
	if err := io.loops.Admit(ctx); err != nil {
		return pathFailed("CopyFS", dir, err)
	}
	defer io.loops.EndAdmitted()
	ctx = fdcall.Admitted(ctx)
	return fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		local, err := filepath.Localize(name)
		if err != nil {
			return err
		}
		return io.copyEntry(ctx, sysfile.JoinPath(dir, local), fsys, name, entry.Type())
	})
}

// copyEntry copies what has name in fsys, and nothing that is in it, to path.
func (io *IO) copyEntry(ctx context.Context, path string, fsys fs.FS, name string, kind fs.FileMode) error {
	switch kind {
	case fs.ModeDir:
		return io.MkdirAllContext(ctx, path, 0o777)
	case fs.ModeSymlink:
		target, err := fs.ReadLink(fsys, name)
		if err != nil {
			return err
		}
		return io.SymlinkContext(ctx, target, path)
	case 0:
		return io.copyFile(ctx, path, fsys, name)
	}
	return &fs.PathError{Op: "CopyFS", Path: name, Err: fs.ErrInvalid}
}

func (io *IO) copyFile(ctx context.Context, path string, fsys fs.FS, name string) error {
	from, err := fsys.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }() // it was only read
	info, err := from.Stat()
	if err != nil {
		return err
	}
	to, err := io.OpenFileContext(ctx, path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666|info.Mode()&0o777)
	if err != nil {
		return err
	}
	if err := copyUntil(ctx, to, from); err != nil {
		_ = to.Close() // the error above is the one to tell
		return &fs.PathError{Op: "Copy", Path: path, Err: err}
	}
	return to.Close()
}

// copyUntil copies until ctx ends. Where it cannot, the kernel may copy by itself.
func copyUntil(ctx context.Context, to *File, from goio.Reader) error {
	if fdcall.Endless(ctx) {
		_, err := goio.Copy(to, from)
		return err
	}
	_, err := goio.Copy(writerUntil{to, ctx}, readerOnly{from})
	return err
}
