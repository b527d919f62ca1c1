//go:build unix

package simdisk

import (
	"strings"
	"syscall"
)

const (
	nameMax  = 255
	pathMax  = 4096 // with the NUL
	linksMax = 40   // symbolic links on the way of one path
)

// A spot is where a path leads.
type spot struct {
	dir   uint64 // the directory of the last name
	name  string // the last name, which may be "." or ".."; empty: the path is the root
	ino   uint64 // what is there; 0: nothing
	slash bool   // a slash comes after the name
	more  bool   // so do names: the way ended before the last
}

// isName reports whether the last part of the path is the name of an entry.
func (s spot) isName() bool { return s.name != "" && s.name != "." && s.name != ".." }

// A walker goes along a path.
type walker struct {
	d     *Disk
	at    uint64
	rest  string
	links int // followed so far
}

// base is where relative paths start from: at, which is a directory, or the root.
func (d *Disk) base(at *File, path string) (uint64, syscall.Errno) {
	switch {
	case at == nil || strings.HasPrefix(path, "/"):
		return rootIno, 0
	case !at.node().isDir():
		return 0, syscall.ENOTDIR
	}
	return at.ino, 0
}

// walk finds the spot of a path. The last name is not followed if it is a symbolic link.
func (d *Disk) walk(at *File, path string) (spot, syscall.Errno) {
	return d.walkWith(at, path, func(*spot) bool { return false })
}

// lookup finds the node at path, as calls do that need one. A symbolic link at the end is
// followed if follow says so, or if a slash comes after it.
func (d *Disk) lookup(at *File, path string, follow bool) (*node, syscall.Errno) {
	s, errno := d.walkWith(at, path, func(s *spot) bool { return follow || s.slash })
	switch {
	case errno != 0:
		return nil, errno
	case s.ino == 0:
		return nil, syscall.ENOENT
	}
	n := d.seen.get(s.ino)
	if s.slash && !n.isDir() {
		return nil, syscall.ENOTDIR
	}
	return n, 0
}

// walkWith is walk, where follow decides on a symbolic link at the end.
func (d *Disk) walkWith(at *File, path string, follow func(*spot) bool) (spot, syscall.Errno) {
	base, errno := d.base(at, path)
	switch {
	case path == "":
		return spot{}, syscall.ENOENT
	case len(path) >= pathMax:
		return spot{}, syscall.ENAMETOOLONG
	case errno != 0:
		return spot{}, errno
	}
	w := walker{d: d, at: base, rest: path}
	for {
		s, errno := w.step()
		if errno != 0 || !s.more && s.ino == 0 {
			return s, errno
		}
		n := d.seen.get(s.ino)
		switch {
		case n.isLink() && (s.more || follow(&s)):
			if errno := w.follow(n.target, s.slash); errno != 0 {
				return s, errno
			}
		case s.more && !n.isDir():
			return s, syscall.ENOTDIR
		case s.more:
			w.at = s.ino
		default:
			return s, 0
		}
	}
}

// step takes the next name off the path.
func (w *walker) step() (s spot, errno syscall.Errno) {
	if strings.HasPrefix(w.rest, "/") {
		w.at = rootIno
		w.rest = strings.TrimLeft(w.rest, "/")
	}
	if w.rest == "" {
		return spot{dir: rootIno, ino: rootIno}, 0
	}
	name, rest, slash := strings.Cut(w.rest, "/")
	w.rest = strings.TrimLeft(rest, "/")
	s = spot{dir: w.at, name: name, slash: slash, more: w.rest != ""}
	if len(name) > nameMax {
		return s, syscall.ENAMETOOLONG
	}
	s.ino = w.d.child(w.at, name)
	if s.more && s.ino == 0 {
		return s, syscall.ENOENT
	}
	return s, 0
}

// follow goes on with the target of a symbolic link before the rest of the path.
func (w *walker) follow(target string, slash bool) syscall.Errno {
	if w.links++; w.links > linksMax {
		return syscall.ELOOP
	}
	if slash {
		target += "/"
	}
	w.rest = target + w.rest
	return 0
}

// child is what name leads to in a directory; 0 if there is none.
func (d *Disk) child(dir uint64, name string) uint64 {
	n := d.seen.get(dir)
	switch {
	case name == ".":
		return dir
	case name != "..":
		return n.names[name]
	case d.seen.get(n.parent) == nil:
		return 0 // of a removed directory whose parent was removed too
	}
	return n.parent
}
