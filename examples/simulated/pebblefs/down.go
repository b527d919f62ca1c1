package pebblefs

import (
	"errors"
	"net"
	"os"

	"github.com/cockroachdb/pebble/vfs"
)

// downFS is an FS on which changes succeed when the IO is closed. Pebble panics where it cannot be sure
// of what is on its disk, and rightly so; but the host is down then, all that pebble could tell is told
// to nobody, and it is to come to its end.
type downFS struct{ vfs.FS }

// unlessDown is an error, if the host is up.
func unlessDown(err error) error {
	if errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// downFile is a file of a downFS, or nothing if the host is down.
type downFile struct{ vfs.File }

func wrap(f vfs.File, err error) (vfs.File, error) {
	if err == nil {
		return downFile{f}, nil
	}
	if err = unlessDown(err); err != nil {
		return nil, err
	}
	return nothing{}, nil
}

// Create is that of the FS below, as the other methods are.
func (f downFS) Create(name string) (vfs.File, error) { return wrap(f.FS.Create(name)) }

func (f downFS) OpenReadWrite(name string, o ...vfs.OpenOption) (vfs.File, error) {
	return wrap(f.FS.OpenReadWrite(name, o...))
}

func (f downFS) OpenDir(name string) (vfs.File, error) { return wrap(f.FS.OpenDir(name)) }

func (f downFS) ReuseForWrite(oldName, newName string) (vfs.File, error) {
	return wrap(f.FS.ReuseForWrite(oldName, newName))
}

func (f downFS) Link(oldName, newName string) error { return unlessDown(f.FS.Link(oldName, newName)) }

func (f downFS) Rename(oldName, newName string) error {
	return unlessDown(f.FS.Rename(oldName, newName))
}

func (f downFS) Remove(name string) error { return unlessDown(f.FS.Remove(name)) }

func (f downFS) MkdirAll(name string, perm os.FileMode) error {
	return unlessDown(f.FS.MkdirAll(name, perm))
}

func (f downFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	if unlessDown(err) == nil {
		return len(p), nil
	}
	return n, err
}

func (f downFile) Sync() error     { return unlessDown(f.File.Sync()) }
func (f downFile) SyncData() error { return unlessDown(f.File.SyncData()) }
func (f downFile) Close() error    { return unlessDown(f.File.Close()) }

func (f downFile) SyncTo(n int64) (fullSync bool, err error) {
	fullSync, err = f.File.SyncTo(n)
	return fullSync, unlessDown(err)
}

// nothing is a file on a host that is down. Nobody reads what was not written.
type nothing struct{ vfs.File }

func (nothing) Write(p []byte) (int, error)    { return len(p), nil }
func (nothing) Sync() error                    { return nil }
func (nothing) SyncData() error                { return nil }
func (nothing) SyncTo(int64) (bool, error)     { return true, nil }
func (nothing) Preallocate(off, n int64) error { return nil }
func (nothing) Close() error                   { return nil }
func (nothing) Fd() uintptr                    { return vfs.InvalidFd }
