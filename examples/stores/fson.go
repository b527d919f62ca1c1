package stores

import (
	"errors"
	"io"
	"os"
	"sync"

	"github.com/cockroachdb/pebble/vfs"

	"github.com/awaitio/awaitio/await"
)

// NewFSOn returns an FS of the files of an IO, and of no others: of a simulated host, for one. The lock
// holds among the users of this FS alone.
func NewFSOn(io *await.IO) FS {
	return FS{&names{FS: vfs.Default, io: io, locked: map[string]bool{}}, io}
}

// names are the calls of an FS that open no file to read or write. Of the embedded FS those calls are
// used which only take paths apart.
type names struct {
	vfs.FS
	io *await.IO

	mu     sync.Mutex
	locked map[string]bool
}

func (n *names) Link(oldName, newName string) error { return n.io.Link(oldName, newName) }

func (n *names) Remove(name string) error { return n.io.Remove(name) }

func (n *names) RemoveAll(name string) error { return n.io.RemoveAll(name) }

func (n *names) Rename(oldName, newName string) error { return n.io.Rename(oldName, newName) }

func (n *names) MkdirAll(dir string, perm os.FileMode) error { return n.io.MkdirAll(dir, perm) }

func (n *names) Stat(name string) (os.FileInfo, error) { return n.io.Stat(name) }

// List returns the names in a directory.
func (n *names) List(dir string) (all []string, err error) {
	entries, err := n.io.ReadDir(dir)
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all, err
}

// GetDiskUsage returns the room of the file system that has a path.
func (n *names) GetDiskUsage(name string) (u vfs.DiskUsage, err error) {
	info, err := n.io.Statfs(name)
	if err != nil {
		return u, err
	}
	return vfs.DiskUsage{AvailBytes: uint64(info.Available), TotalBytes: uint64(info.Size), UsedBytes: uint64(info.Size - info.Free)}, nil
}

var errLocked = errors.New("lock held by current process")

// Lock makes the file, and refuses it until it is closed.
func (n *names) Lock(name string) (io.Closer, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.locked[name] {
		return nil, errLocked
	}
	f, err := n.io.Create(name)
	if err != nil {
		return nil, err
	}
	n.locked[name] = true
	return &lock{n, f}, nil
}

// A lock is a file that is locked.
type lock struct {
	n *names
	f *await.File
}

// Close unlocks the file.
func (l *lock) Close() error {
	l.n.mu.Lock()
	defer l.n.mu.Unlock()
	delete(l.n.locked, l.f.Name())
	return l.f.Close()
}
