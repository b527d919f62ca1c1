//go:build unix

package simdisk

import (
	"slices"
	"syscall"
)

// A DirEntry is a name in a directory, without "." and "..".
type DirEntry struct {
	Name string
	Ino  uint64
	Mode uint32 // S_IFMT bits
}

// ReadDir is the next names of a directory, at most n if n is above 0, in order of their
// bytes: getdents(2). Names that go while a directory is read are left out, and those that
// come may be.
func (f *File) ReadDir(n int) ([]DirEntry, syscall.Errno) {
	dir := f.node()
	switch {
	case !dir.isDir():
		return nil, syscall.ENOTDIR
	case dir.links == 0:
		return nil, syscall.ENOENT
	}
	if errno := f.d.failure(nil, f.name, reads); errno != 0 {
		return nil, errno
	}
	if !f.listed {
		f.listing, f.listed = sortedNames(dir), true
		f.listing = f.listing[min(f.position, int64(len(f.listing))):]
	}
	var entries []DirEntry
	for len(f.listing) > 0 && (n <= 0 || len(entries) < n) {
		name := f.listing[0]
		f.listing = f.listing[1:]
		f.position++
		if ino := dir.names[name]; ino != 0 {
			entries = append(entries, DirEntry{name, ino, f.d.seen.get(ino).mode & syscall.S_IFMT})
		}
	}
	return entries, 0
}

func sortedNames(dir *node) []string {
	names := make([]string, 0, len(dir.names))
	for name := range dir.names {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// seekDir has a directory be read anew, from a name on.
func (f *File) seekDir(off int64, whence int) (int64, syscall.Errno) {
	if whence == seekCur {
		off += f.position
	}
	if whence > seekCur || off < 0 {
		return 0, syscall.EINVAL
	}
	if off != f.position || off == 0 {
		f.listing, f.listed = nil, false
	}
	f.position = off
	return off, 0
}
