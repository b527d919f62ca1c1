//go:build unix

package simdisk

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// A File is an open file or directory.
type File struct {
	d    *Disk
	ino  uint64
	name string // it was opened by

	position  int64
	read      bool
	writes    bool
	appends   bool
	syncs     bool // O_SYNC
	syncsData bool // O_DSYNC
	closed    bool

	listing []string // names that a ReadDir has not told yet, from position on
	listed  bool
}

// Open opens the file at path as openat(2) does, from the directory at or, if that is nil,
// from the root. There is no umask.
func (d *Disk) Open(at *File, path string, flags int, mode uint32) (*File, syscall.Errno) {
	if flags&unix.O_CREAT != 0 && flags&unix.O_DIRECTORY != 0 {
		return nil, syscall.EINVAL
	}
	if errno := d.failure(at, path, opens); errno != 0 {
		return nil, errno
	}
	n, errno := d.openNode(at, path, flags, mode)
	if errno != 0 {
		return nil, errno
	}
	access := flags & unix.O_ACCMODE
	f := &File{
		d: d, ino: n.ino, name: fullName(at, path),
		read: access != unix.O_WRONLY, writes: access != unix.O_RDONLY,
		appends: flags&unix.O_APPEND != 0,
		syncs:   flags&unix.O_SYNC == unix.O_SYNC, syncsData: flags&(unix.O_SYNC|dataSync) != 0,
	}
	if flags&unix.O_TRUNC != 0 && n.isFile() {
		if errno := d.truncate(n.ino, 0); errno != 0 {
			return nil, errno
		}
	}
	d.opens[n.ino]++
	return f, 0
}

// openNode finds or makes what is opened.
func (d *Disk) openNode(at *File, path string, flags int, mode uint32) (*node, syscall.Errno) {
	create, exclusive := flags&unix.O_CREAT != 0, flags&unix.O_EXCL != 0
	s, errno := d.walkWith(at, path, func(s *spot) bool {
		if create && (exclusive || s.slash) {
			return false
		}
		return flags&unix.O_NOFOLLOW == 0 || s.slash
	})
	switch {
	case errno != 0:
		return nil, errno
	case create && s.slash && s.isName():
		return nil, syscall.EISDIR
	case s.ino == 0 && !create:
		return nil, syscall.ENOENT
	case s.ino == 0:
		return d.create(s, at, path, syscall.S_IFREG|mode&0o7777)
	case create && exclusive:
		return nil, syscall.EEXIST
	}
	n := d.seen.get(s.ino)
	return n, openable(n, s.slash, flags)
}

// openable tells whether flags suit what is there.
func openable(n *node, slash bool, flags int) syscall.Errno {
	writes := flags&unix.O_ACCMODE != unix.O_RDONLY || flags&unix.O_TRUNC != 0
	switch {
	case flags&unix.O_DIRECTORY != 0 && !n.isDir(), slash && !n.isDir():
		return syscall.ENOTDIR
	case n.isLink():
		return syscall.ELOOP
	case n.isSocket():
		return syscall.ENXIO
	case n.isDir() && (writes || flags&unix.O_CREAT != 0):
		return syscall.EISDIR
	}
	return 0
}

// create makes a node of a mode and gives it the name of s.
func (d *Disk) create(s spot, at *File, path string, mode uint32) (*node, syscall.Errno) {
	if errno := d.addable(s); errno != 0 {
		return nil, errno
	}
	if errno := d.failure(at, path, adds); errno != 0 {
		return nil, errno
	}
	n := d.newNode(d.seen.get(s.dir), mode)
	verb := "create"
	switch {
	case n.isDir():
		verb = "mkdir"
	case n.isLink():
		verb = "symlink"
	case n.isSocket():
		verb = "bind"
	}
	d.rename(&naming{verb: verb, entries: []entry{{dir: s.dir, name: s.name, ino: n.ino}}})
	return d.seen.get(n.ino), 0
}

// addable tells whether a directory takes a new name.
func (d *Disk) addable(s spot) syscall.Errno {
	switch {
	case s.ino != 0:
		return syscall.EEXIST
	case d.seen.get(s.dir).links == 0:
		return syscall.ENOENT // it was removed
	}
	return 0
}

// rename carries out a naming.
func (d *Disk) rename(n *naming) {
	for i, en := range n.entries {
		n.entries[i].was = d.seen.get(en.dir).names[en.name]
	}
	d.seen.rename(n, d.now)
	d.record(&effect{naming: n})
	for _, en := range n.entries {
		if en.was != 0 {
			d.forget(en.was)
		}
	}
}

// node is what f is open on.
func (f *File) node() *node { return f.d.seen.get(f.ino) }

// Close ends the use of f. What has no name any more is gone with its last close.
func (f *File) Close() {
	if f.closed {
		return
	}
	f.closed = true
	if f.d.opens[f.ino]--; f.d.opens[f.ino] == 0 {
		delete(f.d.opens, f.ino)
		f.d.forget(f.ino)
	}
}

// Ino is the number of what f is open on.
func (f *File) Ino() uint64 { return f.ino }

// Readable and Writable tell what f was opened for; Appends reports O_APPEND.
func (f *File) Readable() bool { return f.read }
func (f *File) Writable() bool { return f.writes }
func (f *File) Appends() bool  { return f.appends }

// Syncs reports whether each write is a sync too.
func (f *File) Syncs() bool { return f.syncsData }

// IsDir reports whether f is a directory.
func (f *File) IsDir() bool { return f.node().isDir() }

// Stat is fstat(2).
func (f *File) Stat() Info { return f.node().info() }
