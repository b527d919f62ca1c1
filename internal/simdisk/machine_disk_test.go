//go:build linux

package simdisk

import (
	"slices"
	"syscall"
)

// onDisk is a Disk as a machine.
type onDisk struct {
	d     *Disk
	files [slots]*File
}

func (m *onDisk) at(slot int) *File {
	if slot == atRoot {
		return nil
	}
	return m.files[slot]
}

func (m *onDisk) open(slot, at int, path string, flags int, mode uint32) (errno syscall.Errno) {
	m.files[slot], errno = m.d.Open(m.at(at), path, flags, mode)
	return errno
}

func (m *onDisk) close(slot int) { m.files[slot].Close() }

func (m *onDisk) read(slot int, p []byte, off int64) (int, syscall.Errno) {
	return m.files[slot].Read(p, off)
}

func (m *onDisk) write(slot int, p []byte, off int64) (int, syscall.Errno) {
	return m.files[slot].Write(p, off)
}

func (m *onDisk) seek(slot int, off int64, whence int) (int64, syscall.Errno) {
	return m.files[slot].SeekTo(off, whence)
}

func (m *onDisk) fstat(slot int) (Info, syscall.Errno) { return m.files[slot].Stat(), 0 }
func (m *onDisk) fsync(slot int) syscall.Errno         { return m.files[slot].Sync(false) }

func (m *onDisk) readDir(slot int) (list []string, errno syscall.Errno) {
	f := m.files[slot]
	f.SeekTo(0, seekSet)
	entries, errno := f.ReadDir(-1)
	f.SeekTo(0, seekSet)
	for _, e := range entries {
		list = append(list, e.Name)
	}
	slices.Sort(list)
	return list, errno
}

func (m *onDisk) ftruncate(slot int, size int64) syscall.Errno { return m.files[slot].Truncate(size) }

func (m *onDisk) allocate(slot int, off, size int64) syscall.Errno {
	return m.files[slot].Allocate(off, size)
}

func (m *onDisk) copyRange(to, from, size int) (int, syscall.Errno) {
	return m.files[from].CopyTo(m.files[to], size)
}

func (m *onDisk) stat(at int, path string, follow bool) (Info, syscall.Errno) {
	return m.d.Stat(m.at(at), path, follow)
}

func (m *onDisk) mkdir(at int, path string, mode uint32) syscall.Errno {
	return m.d.Mkdir(m.at(at), path, mode)
}

func (m *onDisk) rmdir(at int, path string) syscall.Errno  { return m.d.Rmdir(m.at(at), path) }
func (m *onDisk) unlink(at int, path string) syscall.Errno { return m.d.Unlink(m.at(at), path) }

func (m *onDisk) rename(oldAt int, oldPath string, newAt int, newPath string, flags int) syscall.Errno {
	return m.d.Rename(m.at(oldAt), oldPath, m.at(newAt), newPath, flags)
}

func (m *onDisk) link(oldAt int, oldPath string, newAt int, newPath string) syscall.Errno {
	return m.d.Link(m.at(oldAt), oldPath, m.at(newAt), newPath)
}

func (m *onDisk) symlink(target string, at int, path string) syscall.Errno {
	return m.d.Symlink(target, m.at(at), path)
}

func (m *onDisk) readlink(at int, path string) (string, syscall.Errno) {
	return m.d.Readlink(m.at(at), path)
}

func (m *onDisk) chmod(at int, path string, mode uint32) syscall.Errno {
	return m.d.Chmod(m.at(at), path, mode)
}

func (m *onDisk) chown(at int, path string, uid, gid int, follow bool) syscall.Errno {
	return m.d.Chown(m.at(at), path, uid, gid, follow)
}

func (m *onDisk) chtimes(at int, path string, modified int64) syscall.Errno {
	return m.d.Chtimes(m.at(at), path, nil, &modified, true)
}

func (m *onDisk) truncate(at int, path string, size int64) syscall.Errno {
	return m.d.Truncate(m.at(at), path, size)
}
