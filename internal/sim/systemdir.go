//go:build unix

package sim

import (
	"io"
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/simdisk"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/internal/system"
)

// A dir reads a directory: a system.Dir.
type dir struct {
	b    *Boot
	file *file
	o    *openFile
	name string
}

var _ system.Dir = (*dir)(nil)

// OpenDir is that of system.Files.
func (b *Boot) OpenDir(fd int, name string) (d system.Dir, err error) {
	err = b.onFile(fd, syscall.ENOTDIR, func(o *openFile) syscall.Errno {
		f := b.descriptors.get(fd)
		f.refs++
		d = &dir{b, f, o, name}
		return 0
	})
	return d, err
}

// ReadDir reads a directory, sorted by name: os.ReadDir.
func (b *Boot) ReadDir(name string) (entries []fs.DirEntry, err error) {
	d := &dir{b: b, name: name}
	err = b.onPath("open", name, func(f *simdisk.Disk) syscall.Errno {
		opened, errno := f.Open(b.dir, name, unix.O_RDONLY|unix.O_DIRECTORY, 0)
		if errno == 0 {
			d.o = &openFile{opened, b.host.disk}
			d.file = &file{resource: d.o, refs: 1}
		}
		return errno
	})
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.ReadDir(-1)
}

// read is the next names, as package os tells of them.
func (d *dir) read(n int) (found []simdisk.DirEntry, err error) {
	err = d.b.onDisk(func(*simdisk.Disk) (errno syscall.Errno) {
		found, errno = d.o.ReadDir(n)
		return errno
	})
	switch {
	case err != nil:
		err = &fs.PathError{Op: "readdirent", Path: d.name, Err: err}
	case n > 0 && len(found) == 0:
		err = io.EOF
	}
	return found, err
}

func (d *dir) ReadDir(n int) ([]fs.DirEntry, error) {
	found, err := d.read(n)
	entries := make([]fs.DirEntry, 0, len(found))
	for _, e := range found {
		entries = append(entries, &dirEntry{d.b, d.name, e})
	}
	return entries, err
}

func (d *dir) Readdirnames(n int) ([]string, error) {
	found, err := d.read(n)
	names := make([]string, 0, len(found))
	for _, e := range found {
		names = append(names, e.Name)
	}
	return names, err
}

func (d *dir) Readdir(n int) ([]fs.FileInfo, error) {
	found, err := d.read(n)
	infos := make([]fs.FileInfo, 0, len(found))
	for _, e := range found {
		info, statErr := d.b.lstat(sysfile.JoinPath(d.name, e.Name))
		if statErr == nil { // else it has gone meanwhile
			infos = append(infos, info)
		}
	}
	return infos, err
}

func (d *dir) Seek(offset int64, whence int) (at int64, err error) {
	err = d.b.onDisk(func(*simdisk.Disk) (errno syscall.Errno) {
		at, errno = d.o.SeekTo(offset, whence)
		return errno
	})
	if err != nil {
		return 0, &fs.PathError{Op: "seek", Path: d.name, Err: err}
	}
	return at, nil
}

func (d *dir) Close() error {
	d.b.w.enter()
	defer d.b.w.leave()
	d.b.w.drop(d.file)
	return nil
}

// A dirEntry is an entry of a directory: an fs.DirEntry.
type dirEntry struct {
	b      *Boot
	parent string
	e      simdisk.DirEntry
}

func (e *dirEntry) Name() string               { return e.e.Name }
func (e *dirEntry) Type() fs.FileMode          { return sysfile.FileMode(e.e.Mode).Type() }
func (e *dirEntry) IsDir() bool                { return e.Type().IsDir() }
func (e *dirEntry) Info() (fs.FileInfo, error) { return e.b.lstat(e.parent + "/" + e.e.Name) }
func (e *dirEntry) String() string             { return fs.FormatDirEntry(e) }
