//go:build unix

package simdisk

import (
	"maps"
	"syscall"
)

// A node is a file, a directory, a symbolic link or a socket's name in one of a disk's states.
type node struct {
	by *edition

	ino uint64
	attributes
	born  int64
	links int // names that lead here

	size  int64 // of a file
	pages table[page]
	sum   uint64 // of size and pages; 0: not known

	names   map[string]uint64 // of a directory
	namesBy *edition          // who may change the map
	subdirs int
	parent  uint64

	target string // of a symbolic link
}

// The attributes of a node are what chmod, chown and utimes change.
type attributes struct {
	mode     uint32 // with S_IFMT
	uid, gid uint32
	accessed int64 // nanoseconds since 1970, as all times
	modified int64
	changed  int64
}

func (n *node) isDir() bool  { return n.mode&syscall.S_IFMT == syscall.S_IFDIR }
func (n *node) isLink() bool { return n.mode&syscall.S_IFMT == syscall.S_IFLNK }
func (n *node) isFile() bool { return n.mode&syscall.S_IFMT == syscall.S_IFREG }

func (n *node) isSocket() bool { return n.mode&syscall.S_IFMT == syscall.S_IFSOCK }

// nlink is what stat tells.
func (n *node) nlink() uint32 {
	switch {
	case !n.isDir():
		return uint32(n.links)
	case n.links == 0:
		return 0 // removed, and open
	}
	return uint32(2 + n.subdirs)
}

// ownNames has the map of names be one that by may change.
func (n *node) ownNames(by *edition) {
	if n.namesBy != by {
		n.names, n.namesBy = maps.Clone(n.names), by
	}
}

// A tree is a state of a disk: its nodes by number.
type tree struct {
	by    *edition
	nodes table[node]
}

const rootIno = 2 // as on ext4

func newTree(now int64) tree {
	t := tree{by: new(edition)}
	t.put(&node{ino: rootIno, attributes: attributes{mode: syscall.S_IFDIR | 0o755, accessed: now, modified: now, changed: now},
		born: now, links: 1, names: map[string]uint64{}, parent: rootIno})
	return t
}

func (t *tree) get(ino uint64) *node { return t.nodes.get(ino) }

// put adds n, which the tree then owns.
func (t *tree) put(n *node) {
	n.by, n.namesBy = t.by, t.by
	t.nodes.set(t.by, n.ino, n)
}

// edit is the node, to be changed; nil if there is none.
func (t *tree) edit(ino uint64) *node {
	n := t.nodes.get(ino)
	if n == nil {
		return nil
	}
	if n.by != t.by {
		c := *n
		c.by = t.by
		n = &c
		t.nodes.set(t.by, ino, n)
	}
	n.sum = 0
	return n
}

// clone is a copy that shares all memory until one of the two changes.
func (t *tree) clone() tree {
	t.by = new(edition)
	return tree{by: new(edition), nodes: t.nodes}
}
