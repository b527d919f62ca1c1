//go:build unix

package sim

import (
	"fmt"
	"io/fs"
	gopath "path"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/simdisk"
)

// The World's own methods on files act on the disk of the default host.

// CreateFile makes or replaces the file at path, an absolute one, with the
// directories on the way to it.
func (w *World) CreateFile(path string, contents []byte) {
	w.onDisk(path, func(d *Disk) syscall.Errno { return writeWhole(d.at(), path, contents) })
}

// writeWhole makes or replaces a file, with the directories on the way to it.
func writeWhole(d *simdisk.Disk, name string, data []byte) syscall.Errno {
	for i, c := range name {
		if c == '/' && i > 0 {
			if errno := d.Mkdir(nil, name[:i], 0o755); errno != 0 && errno != syscall.EEXIST {
				return errno
			}
		}
	}
	f, errno := d.Open(nil, name, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC, 0o644)
	if errno != 0 {
		return errno
	}
	defer f.Close()
	n, errno := f.Write(data, 0)
	if errno == 0 && n < len(data) {
		errno = syscall.ENOSPC
	}
	return errno
}

// ReadFile returns the contents of the file at path, and false if there is none.
func (w *World) ReadFile(path string) (contents []byte, ok bool) {
	w.enter()
	defer w.leave()
	contents, err := fs.ReadFile(w.here().host.disk.fs.FS(), fsName(path))
	return contents, err == nil
}

// fsName is a path as package fs has it.
func fsName(name string) string {
	name = strings.TrimPrefix(gopath.Clean("/"+name), "/")
	if name == "" {
		return "."
	}
	return name
}

// Stick has every operation on the file at path wait, where no cancel reaches
// it, until Unstick: a disk or a server that is gone.
func (w *World) Stick(path string) {
	w.onFile(path, func(d *Disk, ino uint64) { d.stuck[ino] = &waitList{} })
}

// Unstick lets go of the operations that wait because of Stick.
func (w *World) Unstick(path string) {
	w.onFile(path, func(d *Disk, ino uint64) {
		if l := d.stuck[ino]; l != nil {
			delete(d.stuck, ino)
			w.touch(l)
		}
	})
}

// Break has reads, writes and syncs of the file at path fail with errno; 0 mends
// it.
func (w *World) Break(path string, errno syscall.Errno) {
	w.onFile(path, func(d *Disk, _ uint64) { d.at().Fail(path, errno) })
}

func (w *World) onFile(path string, do func(d *Disk, ino uint64)) {
	w.onDisk(path, func(d *Disk) syscall.Errno {
		info, errno := d.at().Stat(nil, path, true)
		if errno == 0 {
			do(d, info.Ino)
		}
		return errno
	})
}

func (w *World) onDisk(path string, do func(d *Disk) syscall.Errno) {
	w.enter()
	defer w.leave()
	if errno := do(w.here().host.disk); errno != 0 {
		panic(fmt.Sprintf("sim: %q: %v", path, errno))
	}
}

// Open opens the file at path, an absolute one, with O_* flags. That of a stuck
// file fails with EAGAIN.
func (w *World) Open(path string, flags int) (fd int, err error) {
	w.enter()
	defer w.leave()
	b := w.here()
	r := &backend.Request{Op: backend.OpOpenAt, FD: unix.AT_FDCWD, Flags: uint32(flags), Mode: 0o644, Name: []byte(path)}
	f := &flight{req: r}
	result, over := b.openAt(f)
	f.land()
	switch {
	case !over:
		return -1, syscall.EAGAIN
	case result < 0:
		return -1, syscall.Errno(-result)
	}
	return int(result), nil
}
