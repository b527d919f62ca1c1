//go:build unix

package simdisk

import "syscall"

// Truncate is truncate(2).
func (d *Disk) Truncate(at *File, path string, size int64) syscall.Errno {
	if size < 0 {
		return syscall.EINVAL
	}
	n, errno := d.lookup(at, path, true)
	switch {
	case errno != 0:
		return errno
	case n.isDir():
		return syscall.EISDIR
	case n.isSocket():
		return syscall.EINVAL
	}
	if errno := d.failure(at, path, changes); errno != 0 {
		return errno
	}
	if d.config.Model == XFS && size == n.size {
		return 0 // not even the times change
	}
	return d.truncate(n.ino, size)
}

// Truncate is ftruncate(2).
func (f *File) Truncate(size int64) syscall.Errno {
	if size < 0 || !f.writes {
		return syscall.EINVAL
	}
	if errno := f.d.failure(nil, f.name, changes); errno != 0 {
		return errno
	}
	return f.d.truncate(f.ino, size)
}

func (d *Disk) truncate(ino uint64, size int64) syscall.Errno {
	if size > SizeMax {
		return syscall.EFBIG
	}
	n := d.seen.edit(ino)
	same := n.size == size
	d.used -= n.resize(size, d.changes+1)
	n.modified, n.changed = d.now, d.now
	if !same {
		d.record(&effect{ino: ino, size: size})
	}
	return 0
}

// Allocate is fallocate(2) with mode 0: room for size bytes from off on, and the file is at
// least as large. Blocks that are allocated and not written are zero and take no memory, so
// that SEEK_DATA does not find them.
func (f *File) Allocate(off, size int64) syscall.Errno {
	n := f.node()
	switch {
	case off < 0 || size <= 0:
		return syscall.EINVAL
	case !f.writes:
		return syscall.EBADF
	case off+size > SizeMax || off+size < 0:
		return syscall.EFBIG
	case size > f.d.room():
		return syscall.ENOSPC
	}
	if errno := f.d.failure(nil, f.name, writes); errno != 0 {
		return errno
	}
	if off+size > n.size {
		return f.d.truncate(f.ino, off+size)
	}
	return f.d.change(f.ino, f.name, func(_ *node, a *attributes) { a.modified = f.d.now })
}
