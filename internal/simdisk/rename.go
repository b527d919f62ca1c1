//go:build unix

package simdisk

import "syscall"

// RenameNoReplace has Rename fail with EEXIST where there is something already:
// RENAME_NOREPLACE.
const RenameNoReplace = 1

// Rename is renameat2(2).
func (d *Disk) Rename(oldAt *File, oldPath string, newAt *File, newPath string, flags int) syscall.Errno {
	if errno := d.failure(oldAt, oldPath, changes); errno != 0 {
		return errno
	}
	if errno := d.failure(newAt, newPath, changes); errno != 0 {
		return errno
	}
	if flags&^RenameNoReplace != 0 {
		return syscall.EINVAL
	}
	from, to, errno := d.renameSpots(oldAt, oldPath, newAt, newPath, flags)
	switch {
	case errno != 0:
		return errno
	case from.ino == to.ino:
		return 0
	}
	n := d.seen.get(from.ino)
	if errno := d.replaceable(n, to); errno != 0 {
		return errno
	}
	d.rename(d.moving(n, from, to))
	return 0
}

// renameSpots finds what is renamed and to where, in the kernel's order: both directories first.
func (d *Disk) renameSpots(oldAt *File, oldPath string, newAt *File, newPath string, flags int) (from, to spot, errno syscall.Errno) {
	from, fromErrno := d.walk(oldAt, oldPath)
	if fromErrno != 0 && !lastNameTooLong(from, fromErrno) {
		return from, to, fromErrno
	}
	to, toErrno := d.walk(newAt, newPath)
	if toErrno != 0 && !lastNameTooLong(to, toErrno) {
		return from, to, toErrno
	}
	keeps := flags&RenameNoReplace != 0
	switch {
	case from.name == "" || from.name == "." || from.name == "..":
		return from, to, syscall.EBUSY
	case !to.isName() && keeps:
		return from, to, syscall.EEXIST
	case !to.isName():
		return from, to, syscall.EBUSY
	case fromErrno != 0:
		return from, to, fromErrno
	case from.ino == 0:
		return from, to, syscall.ENOENT
	case toErrno != 0:
		return from, to, toErrno
	case keeps && to.ino != 0:
		return from, to, syscall.EEXIST
	case !d.seen.get(from.ino).isDir() && (from.slash || to.slash):
		return from, to, syscall.ENOTDIR
	case d.isWithin(to.dir, from.ino):
		return from, to, syscall.EINVAL
	case to.ino != 0 && d.isWithin(from.dir, to.ino):
		return from, to, syscall.ENOTEMPTY
	}
	return from, to, 0
}

// lastNameTooLong reports whether it is the last name of a path that is too long, which the
// kernel sees after it has found both directories.
func lastNameTooLong(s spot, errno syscall.Errno) bool {
	return errno == syscall.ENAMETOOLONG && len(s.name) > nameMax && !s.more
}

// isWithin reports whether a directory is another one, or below it.
func (d *Disk) isWithin(dir, top uint64) bool {
	for dir != top {
		n := d.seen.get(dir)
		if n == nil || dir == rootIno {
			return false
		}
		dir = n.parent
	}
	return true
}

// replaceable tells whether n may take what is at a spot, and its name.
func (d *Disk) replaceable(n *node, to spot) syscall.Errno {
	if to.ino == 0 {
		return d.addable(to)
	}
	switch victim := d.seen.get(to.ino); {
	case n.isDir() && !victim.isDir():
		return syscall.ENOTDIR
	case !n.isDir() && victim.isDir():
		return syscall.EISDIR
	case victim.isDir() && len(victim.names) > 0 && d.config.Model == XFS:
		return syscall.EEXIST // as POSIX allows too
	case victim.isDir() && len(victim.names) > 0:
		return syscall.ENOTEMPTY
	}
	return 0
}

func (d *Disk) moving(n *node, from, to spot) *naming {
	m := &naming{verb: "rename", entries: []entry{{dir: from.dir, name: from.name}, {dir: to.dir, name: to.name, ino: from.ino}}}
	m.moves = n.isDir() && from.dir != to.dir
	if to.ino != 0 {
		if n.isDir() {
			m.removes = to.ino
		} else {
			m.brings = from.ino
		}
	}
	return m
}
