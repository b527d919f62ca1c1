package pebblefs

import (
	"errors"
	"io"
	"net"
	"os"
	"time"

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

func (f downFile) Stat() (os.FileInfo, error) {
	info, err := f.File.Stat()
	if err != nil && unlessDown(err) == nil {
		return noInfo{}, nil
	}
	return info, err
}

// nothing is a file on a host that is down. Nobody reads what was not written.
type nothing struct{}

func (nothing) Read([]byte) (int, error)               { return 0, io.EOF }
func (nothing) ReadAt([]byte, int64) (int, error)      { return 0, io.EOF }
func (nothing) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }
func (nothing) Prefetch(off, n int64) error            { return nil }
func (nothing) Stat() (os.FileInfo, error)             { return noInfo{}, nil }
func (nothing) Write(p []byte) (int, error)            { return len(p), nil }
func (nothing) Sync() error                            { return nil }
func (nothing) SyncData() error                        { return nil }
func (nothing) SyncTo(int64) (bool, error)             { return true, nil }
func (nothing) Preallocate(off, n int64) error         { return nil }
func (nothing) Close() error                           { return nil }
func (nothing) Fd() uintptr                            { return vfs.InvalidFd }

// noInfo is what is known of nothing.
type noInfo struct{}

func (noInfo) Name() string       { return "" }
func (noInfo) Size() int64        { return 0 }
func (noInfo) Mode() os.FileMode  { return 0 }
func (noInfo) ModTime() time.Time { return time.Time{} }
func (noInfo) IsDir() bool        { return false }
func (noInfo) Sys() any           { return nil }
