//go:build unix

package sim

import (
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A tree is the file system.
type tree struct {
	root  *inode
	made  uint64 // inodes so far
	bytes int    // of all files' contents
}

// An inode is a file or directory.
type inode struct {
	waitList // operations on a file that is stuck

	number    uint64
	mode      uint32
	directory map[string]*inode // nil: a file
	parent    *inode            // of a directory
	data      []byte
	born      int64
	modified  int64

	stuck bool          // nothing on it ends
	bad   syscall.Errno // what transfers fail with
}

func (h *Host) initTree() { h.tree.root = h.newInode(0o755, true) }

func (h *Host) newInode(mode uint32, directory bool) *inode {
	h.tree.made++
	n := &inode{number: h.tree.made, mode: mode & 0o7777, born: h.w.now, modified: h.w.now}
	if directory {
		n.directory = map[string]*inode{}
		n.parent = n
	}
	return n
}

const nameMax = 255

// walk finds the directory that path leads to, from the given one, and the last
// name in it. The name is empty if path is the directory itself.
func (t *tree) walk(from *inode, path string) (dir *inode, name string, errno syscall.Errno) {
	if path == "" {
		return nil, "", syscall.ENOENT
	}
	dir = from
	if path[0] == '/' {
		dir = t.root
	}
	parts := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	for i, part := range parts {
		last := i == len(parts)-1
		switch {
		case len(part) > nameMax:
			return nil, "", syscall.ENAMETOOLONG
		case part == ".":
			continue
		case part == "..":
			dir = dir.parent
			continue
		case last && path[len(path)-1] != '/':
			return dir, part, 0
		}
		next := dir.directory[part]
		if next == nil {
			return nil, "", syscall.ENOENT
		}
		if next.directory == nil {
			return nil, "", syscall.ENOTDIR
		}
		dir = next
	}
	return dir, "", 0
}

// find finds the inode at path.
func (t *tree) find(from *inode, path string) (*inode, syscall.Errno) {
	dir, name, errno := t.walk(from, path)
	switch {
	case errno != 0:
		return nil, errno
	case name == "":
		return dir, 0
	case dir.directory[name] == nil:
		return nil, syscall.ENOENT
	}
	return dir.directory[name], 0
}

// base is the directory that the paths of f start from.
func (b *Boot) base(f *flight, path string) (*inode, syscall.Errno) {
	if strings.HasPrefix(path, "/") || f.req.FD == unix.AT_FDCWD {
		return b.host.tree.root, 0
	}
	if f.file == nil {
		return nil, syscall.EBADF
	}
	o, ok := f.file.resource.(*openFile)
	if !ok || o.inode.directory == nil {
		return nil, syscall.ENOTDIR
	}
	return o.inode, 0
}

// path is the request's, without the NUL.
func (f *flight) path() string { return strings.TrimSuffix(string(f.req.Name), "\x00") }

// resize changes the length of a file, and reports false if the disk is full.
func (b *Boot) resize(n *inode, size int) bool {
	grow := size - len(n.data)
	if limit := b.w.opt.DiskBytes; limit > 0 && grow > 0 && b.host.tree.bytes+grow > limit {
		return false
	}
	b.host.tree.bytes += grow
	if grow > 0 {
		n.data = append(n.data, make([]byte, grow)...)
	} else {
		n.data = n.data[:size:size]
	}
	return true
}
