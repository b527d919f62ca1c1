//go:build unix

package simdisk

import "syscall"

const namesMax = 65000 // of one file: EXT4_LINK_MAX

// Stat is fstatat(2): what is at path, a symbolic link itself unless follow says otherwise.
func (d *Disk) Stat(at *File, path string, follow bool) (Info, syscall.Errno) {
	if errno := d.failure(at, path, looks); errno != 0 {
		return Info{}, errno
	}
	n, errno := d.lookup(at, path, follow)
	if errno != 0 {
		return Info{}, errno
	}
	return n.info(), 0
}

// Mkdir is mkdirat(2) without a umask.
func (d *Disk) Mkdir(at *File, path string, mode uint32) syscall.Errno {
	s, errno := d.walk(at, path)
	switch {
	case errno != 0:
		return errno
	case s.ino != 0:
		return syscall.EEXIST
	}
	_, errno = d.create(s, at, path, syscall.S_IFDIR|mode&0o1777)
	return errno
}

// Socket makes the node of a unix socket that is bound to path: what bind(2) does in the file
// system. It is a name and an inode, and has no contents.
func (d *Disk) Socket(at *File, path string, mode uint32) (Info, syscall.Errno) {
	s, errno := d.newName(at, path)
	if errno != 0 {
		return Info{}, errno
	}
	n, errno := d.create(s, at, path, syscall.S_IFSOCK|mode&0o777)
	if errno != 0 {
		return Info{}, errno
	}
	return n.info(), 0
}

// Symlink is symlinkat(2).
func (d *Disk) Symlink(target string, at *File, path string) syscall.Errno {
	switch {
	case target == "":
		return syscall.ENOENT
	case len(target) >= pathMax:
		return syscall.ENAMETOOLONG
	}
	s, errno := d.newName(at, path)
	if errno != 0 {
		return errno
	}
	n, errno := d.create(s, at, path, syscall.S_IFLNK|0o777)
	if errno != 0 {
		return errno
	}
	d.seen.edit(n.ino).target = target
	if twin := d.stable.edit(n.ino); twin != nil {
		twin.target = target // what a name leads to is never without
	}
	return 0
}

// newName finds where a name that is to be one of a file is to go.
func (d *Disk) newName(at *File, path string) (spot, syscall.Errno) {
	s, errno := d.walk(at, path)
	switch {
	case errno != 0:
		return s, errno
	case s.ino != 0:
		return s, syscall.EEXIST
	case s.slash:
		return s, syscall.ENOENT
	}
	return s, 0
}

// Readlink is readlinkat(2).
func (d *Disk) Readlink(at *File, path string) (string, syscall.Errno) {
	if errno := d.failure(at, path, looks); errno != 0 {
		return "", errno
	}
	n, errno := d.lookup(at, path, false)
	switch {
	case errno != 0:
		return "", errno
	case !n.isLink():
		return "", syscall.EINVAL
	}
	return n.target, 0
}

// Link is linkat(2): a symbolic link is linked itself.
func (d *Disk) Link(oldAt *File, oldPath string, newAt *File, newPath string) syscall.Errno {
	if errno := d.failure(newAt, newPath, adds); errno != 0 {
		return errno
	}
	n, errno := d.lookup(oldAt, oldPath, false)
	if errno != 0 {
		return errno
	}
	s, errno := d.newName(newAt, newPath)
	switch {
	case errno != 0:
		return errno
	case n.isDir():
		return syscall.EPERM
	case n.links >= namesMax:
		return syscall.EMLINK
	}
	if errno := d.addable(s); errno != 0 {
		return errno
	}
	d.rename(&naming{verb: "link", entries: []entry{{dir: s.dir, name: s.name, ino: n.ino}}})
	return 0
}

// Unlink is unlinkat(2) without AT_REMOVEDIR.
func (d *Disk) Unlink(at *File, path string) syscall.Errno {
	if errno := d.failure(at, path, changes); errno != 0 {
		return errno
	}
	s, errno := d.walk(at, path)
	switch {
	case errno != 0:
		return errno
	case !s.isName():
		return syscall.EISDIR
	case s.ino == 0:
		return syscall.ENOENT
	case d.seen.get(s.ino).isDir():
		return syscall.EISDIR
	case s.slash:
		return syscall.ENOTDIR
	}
	d.rename(&naming{verb: "unlink", entries: []entry{{dir: s.dir, name: s.name}}})
	return 0
}

// Rmdir is unlinkat(2) with AT_REMOVEDIR.
func (d *Disk) Rmdir(at *File, path string) syscall.Errno {
	if errno := d.failure(at, path, changes); errno != 0 {
		return errno
	}
	s, errno := d.walk(at, path)
	switch {
	case errno != 0:
		return errno
	case s.name == "..":
		return syscall.ENOTEMPTY
	case s.name == ".":
		return syscall.EINVAL
	case s.name == "":
		return syscall.EBUSY
	case s.ino == 0:
		return syscall.ENOENT
	}
	switch n := d.seen.get(s.ino); {
	case !n.isDir():
		return syscall.ENOTDIR
	case len(n.names) > 0:
		return syscall.ENOTEMPTY
	}
	d.rename(&naming{verb: "rmdir", entries: []entry{{dir: s.dir, name: s.name}}, removes: s.ino})
	return 0
}
