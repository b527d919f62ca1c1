//go:build unix

package sim

import (
	"fmt"
	"syscall"
)

// CreateFile makes or replaces the file at path, an absolute one, with the
// directories on the way to it.
func (w *World) CreateFile(path string, contents []byte) {
	w.enter()
	defer w.leave()
	b := w.here()
	dir := b.host.tree.root
	for {
		d, name, errno := b.host.tree.walk(dir, path)
		if errno == syscall.ENOENT {
			b.makeDirectories(path)
			continue
		}
		if errno != 0 || name == "" {
			panic(fmt.Sprintf("sim: CreateFile %q: %v", path, errno))
		}
		n := d.directory[name]
		if n == nil {
			n = b.host.newInode(0o644, false)
			d.directory[name] = n
		}
		b.host.tree.bytes += len(contents) - len(n.data)
		n.data = append([]byte(nil), contents...)
		return
	}
}

// makeDirectories makes those on the way to path.
func (b *Boot) makeDirectories(path string) {
	for i, c := range path {
		if c != '/' || i == 0 {
			continue
		}
		if dir, name, errno := b.host.tree.walk(b.host.tree.root, path[:i]); errno == 0 && name != "" && dir.directory[name] == nil {
			n := b.host.newInode(0o755, true)
			n.parent = dir
			dir.directory[name] = n
		}
	}
}

// ReadFile returns the contents of the file at path, and false if there is none.
func (w *World) ReadFile(path string) (contents []byte, ok bool) {
	w.enter()
	defer w.leave()
	b := w.here()
	n, errno := b.host.tree.find(b.host.tree.root, path)
	if errno != 0 || n.directory != nil {
		return nil, false
	}
	return append([]byte(nil), n.data...), true
}

// Stick has every operation on the file at path wait, where no cancel reaches
// it, until Unstick: a disk or a server that is gone.
func (w *World) Stick(path string) { w.change(path, func(n *inode) { n.stuck = true }) }

// Unstick lets go of the operations that wait because of Stick.
func (w *World) Unstick(path string) { w.change(path, func(n *inode) { n.stuck = false }) }

// Break has reads, writes and syncs of the file at path fail with errno; 0 mends
// it.
func (w *World) Break(path string, errno syscall.Errno) {
	w.change(path, func(n *inode) { n.bad = errno })
}

func (w *World) change(path string, do func(n *inode)) {
	w.enter()
	defer w.leave()
	b := w.here()
	n, errno := b.host.tree.find(b.host.tree.root, path)
	if errno != 0 {
		panic(fmt.Sprintf("sim: %q: %v", path, errno))
	}
	do(n)
	w.touch(&n.waitList)
}
