//go:build unix

package simdisk

import "syscall"

// Chmod is fchmodat(2): it follows symbolic links.
func (d *Disk) Chmod(at *File, path string, mode uint32) syscall.Errno {
	return d.changeAt(at, path, true, chmod(mode))
}

// Chown is fchownat(2); an id of -1 is left as it is.
func (d *Disk) Chown(at *File, path string, uid, gid int, follow bool) syscall.Errno {
	return d.changeAt(at, path, follow, chown(uid, gid))
}

// Chtimes is utimensat(2), in nanoseconds since 1970. nil is left as it is.
func (d *Disk) Chtimes(at *File, path string, accessed, modified *int64, follow bool) syscall.Errno {
	return d.changeAt(at, path, follow, func(_ *node, a *attributes) {
		if accessed != nil {
			a.accessed = *accessed
		}
		if modified != nil {
			a.modified = *modified
		}
	})
}

// Chmod is fchmod(2), and Chown fchown(2).
func (f *File) Chmod(mode uint32) syscall.Errno { return f.d.change(f.ino, f.name, chmod(mode)) }
func (f *File) Chown(uid, gid int) syscall.Errno {
	return f.d.change(f.ino, f.name, chown(uid, gid))
}

func chmod(mode uint32) func(*node, *attributes) {
	return func(_ *node, a *attributes) { a.mode = a.mode&syscall.S_IFMT | mode&0o7777 }
}

func chown(uid, gid int) func(*node, *attributes) {
	return func(n *node, a *attributes) {
		if uid != -1 {
			a.uid = uint32(uid)
		}
		if gid != -1 {
			a.gid = uint32(gid)
		}
		if !n.isDir() { // chown_common in fs/open.c
			a.mode &^= syscall.S_ISUID
			if a.mode&0o010 != 0 {
				a.mode &^= syscall.S_ISGID
			}
		}
	}
}

func (d *Disk) changeAt(at *File, path string, follow bool, do func(*node, *attributes)) syscall.Errno {
	n, errno := d.lookup(at, path, follow)
	if errno != 0 {
		return errno
	}
	return d.change(n.ino, fullName(at, path), do)
}

func (d *Disk) change(ino uint64, path string, do func(*node, *attributes)) syscall.Errno {
	if errno := d.failure(nil, path, changes); errno != 0 {
		return errno
	}
	n := d.seen.edit(ino)
	do(n, &n.attributes)
	n.changed = d.now
	now := n.attributes
	d.record(&effect{ino: ino, attr: &now})
	return 0
}
