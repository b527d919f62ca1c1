//go:build unix

package simdisk

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"syscall"
	"time"
)

// FS is what calls see at present. It does not change afterwards, and may be used by any
// goroutine.
func (d *Disk) FS() fs.FS { return view{&Disk{seen: d.seen.clone()}} }

// Stable is what would be left if all that can be lost were. It does not change afterwards,
// and may be used by any goroutine.
func (d *Disk) Stable() fs.FS {
	if d.config.Model == Durable {
		return d.FS()
	}
	return view{&Disk{seen: d.stable.clone()}}
}

// A view is a tree as an fs.FS and fs.ReadLinkFS. Symbolic links are followed, and none lead
// out of it.
type view struct{ d *Disk }

// Open is that of fs.FS.
func (v view) Open(name string) (fs.File, error) {
	n, err := v.find("open", name, true)
	if err != nil {
		return nil, err
	}
	return &viewFile{v: v, n: n, name: path.Base(name)}, nil
}

// ReadLink is that of fs.ReadLinkFS.
func (v view) ReadLink(name string) (string, error) {
	n, err := v.find("readlink", name, false)
	switch {
	case err != nil:
		return "", err
	case !n.isLink():
		return "", &fs.PathError{Op: "readlink", Path: name, Err: syscall.EINVAL}
	}
	return n.target, nil
}

// Lstat is that of fs.ReadLinkFS.
func (v view) Lstat(name string) (fs.FileInfo, error) {
	n, err := v.find("lstat", name, false)
	if err != nil {
		return nil, err
	}
	return viewInfo{path.Base(name), n.info()}, nil
}

func (v view) find(op, name string, follow bool) (*node, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	n, errno := v.d.lookup(nil, name, follow)
	if errno != 0 {
		return nil, &fs.PathError{Op: op, Path: name, Err: errno}
	}
	return n, nil
}

// A viewFile is an open file of a view.
type viewFile struct {
	v      view
	n      *node
	name   string
	at     int64
	names  []string
	listed bool
	closed bool
}

func (f *viewFile) fail(op string, err error) error {
	return &fs.PathError{Op: op, Path: f.name, Err: err}
}

func (f *viewFile) Stat() (fs.FileInfo, error) {
	if f.closed {
		return nil, f.fail("stat", fs.ErrClosed)
	}
	return viewInfo{f.name, f.n.info()}, nil
}

func (f *viewFile) Close() error {
	if f.closed {
		return f.fail("close", fs.ErrClosed)
	}
	f.closed = true
	return nil
}

func (f *viewFile) Read(p []byte) (int, error) {
	n, err := f.ReadAt(p, f.at)
	f.at += int64(n)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// ReadAt is that of io.ReaderAt.
func (f *viewFile) ReadAt(p []byte, off int64) (int, error) {
	switch {
	case f.closed:
		return 0, f.fail("read", fs.ErrClosed)
	case f.n.isDir():
		return 0, f.fail("read", syscall.EISDIR)
	case off < 0:
		return 0, f.fail("read", fs.ErrInvalid)
	}
	n := f.n.read(p, off)
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// ReadDir is that of fs.ReadDirFile.
func (f *viewFile) ReadDir(n int) ([]fs.DirEntry, error) {
	switch {
	case f.closed:
		return nil, f.fail("readdir", fs.ErrClosed)
	case !f.n.isDir():
		return nil, f.fail("readdir", syscall.ENOTDIR)
	}
	if !f.listed {
		f.names, f.listed = sortedNames(f.n), true
	}
	if n > 0 && len(f.names) == 0 {
		return nil, io.EOF
	}
	size := len(f.names)
	if n > 0 {
		size = min(n, size)
	}
	entries := make([]fs.DirEntry, 0, size)
	for _, name := range f.names[:size] {
		entries = append(entries, fs.FileInfoToDirEntry(viewInfo{name, f.v.d.seen.get(f.n.names[name]).info()}))
	}
	f.names = f.names[size:]
	return entries, nil
}

// A viewInfo is an Info as an fs.FileInfo.
type viewInfo struct {
	name string
	info Info
}

func (i viewInfo) Name() string       { return i.name }
func (i viewInfo) Size() int64        { return i.info.Size }
func (i viewInfo) Mode() fs.FileMode  { return i.info.FileMode() }
func (i viewInfo) ModTime() time.Time { return time.Unix(0, i.info.Modified) }
func (i viewInfo) IsDir() bool        { return i.info.IsDir() }
func (i viewInfo) Sys() any           { return i.info }

// FileMode is the mode as package os has it.
func (i Info) FileMode() fs.FileMode {
	mode := fs.FileMode(i.Mode & 0o777)
	switch i.Mode & syscall.S_IFMT {
	case syscall.S_IFDIR:
		mode |= fs.ModeDir
	case syscall.S_IFLNK:
		mode |= fs.ModeSymlink
	case syscall.S_IFSOCK:
		mode |= fs.ModeSocket
	}
	for bit, is := range map[uint32]fs.FileMode{
		syscall.S_ISUID: fs.ModeSetuid, syscall.S_ISGID: fs.ModeSetgid, syscall.S_ISVTX: fs.ModeSticky,
	} {
		if i.Mode&bit != 0 {
			mode |= is
		}
	}
	return mode
}
