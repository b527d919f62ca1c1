//go:build unix

package sim

import (
	"io/fs"
	"os"
	gopath "path"
	"strings"
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/simdisk"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/internal/system"
)

var _ system.Tree = (*Boot)(nil)

// onPath makes a call on a path, whose error is one of package os.
func (b *Boot) onPath(op, name string, do func(d *simdisk.Disk) syscall.Errno) error {
	if err := b.onNames(do, name); err != nil {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	return nil
}

// onNames makes a call that has names. One with a NUL is none that a system call can be told
// of.
func (b *Boot) onNames(do func(d *simdisk.Disk) syscall.Errno, names ...string) error {
	for _, name := range names {
		if strings.IndexByte(name, 0) >= 0 {
			return syscall.EINVAL
		}
	}
	defer b.waitResumed()
	return b.onDisk(do)
}

// onTwo is onPath for what has two names.
func (b *Boot) onTwo(op, oldName, newName string, do func(d *simdisk.Disk) syscall.Errno) error {
	if err := b.onNames(do, oldName, newName); err != nil {
		return &os.LinkError{Op: op, Old: oldName, New: newName, Err: err}
	}
	return nil
}

// Stat is that of system.Tree.
func (b *Boot) Stat(name string, flags int) (s sysfile.Stat, err error) {
	err = b.onNames(func(d *simdisk.Disk) syscall.Errno {
		info, errno := d.Stat(b.dir, name, flags != sysfile.StatNoFollow)
		if errno == 0 {
			s = sysStat(statOf(info))
		}
		return errno
	}, name)
	return s, err
}

// lstat is os.Lstat.
func (b *Boot) lstat(name string) (fs.FileInfo, error) {
	return b.info("lstat", name, sysfile.StatNoFollow)
}

func (b *Boot) info(op, name string, flags int) (fs.FileInfo, error) {
	s, err := b.Stat(name, flags)
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return fileInfo{gopath.Base(name), s}, nil
}

// Statfs is that of system.Tree.
func (b *Boot) Statfs(name string) (s sysfile.FSStat, err error) {
	err = b.onNames(func(d *simdisk.Disk) syscall.Errno {
		_, errno := d.Stat(b.dir, name, true)
		if errno == 0 {
			s = b.host.disk.space()
		}
		return errno
	}, name)
	return s, err
}

// Mkdir is os.Mkdir.
func (b *Boot) Mkdir(name string, perm os.FileMode) error {
	return b.onPath("mkdir", name, func(d *simdisk.Disk) syscall.Errno {
		return d.Mkdir(b.dir, name, sysfile.Mode(perm)&^umask)
	})
}

// Remove is os.Remove: the error of rmdir(2) is told only of a directory.
func (b *Boot) Remove(name string) error { return b.remove("remove", name) }

func (b *Boot) remove(op, name string) error {
	return b.onPath(op, name, func(d *simdisk.Disk) syscall.Errno {
		errno := d.Unlink(b.dir, name)
		if errno == 0 {
			return 0
		}
		if second := d.Rmdir(b.dir, name); second != syscall.ENOTDIR {
			return second
		}
		return errno
	})
}

// Rename is os.Rename, which replaces no directory.
func (b *Boot) Rename(oldName, newName string) error {
	return b.onTwo("rename", oldName, newName, func(d *simdisk.Disk) syscall.Errno {
		if target, errno := d.Stat(b.dir, newName, false); errno == 0 && target.IsDir() {
			source, errno := d.Stat(b.dir, oldName, false)
			switch {
			case errno != 0:
				return errno
			case newName == oldName || source.Ino != target.Ino:
				return syscall.EEXIST
			}
		}
		return d.Rename(b.dir, oldName, b.dir, newName, 0)
	})
}

// Link is os.Link.
func (b *Boot) Link(oldName, newName string) error {
	return b.onTwo("link", oldName, newName, func(d *simdisk.Disk) syscall.Errno {
		return d.Link(b.dir, oldName, b.dir, newName)
	})
}

// Symlink is os.Symlink.
func (b *Boot) Symlink(oldName, newName string) error {
	return b.onTwo("symlink", oldName, newName, func(d *simdisk.Disk) syscall.Errno {
		return d.Symlink(oldName, b.dir, newName)
	})
}

// Readlink is os.Readlink.
func (b *Boot) Readlink(name string) (target string, err error) {
	err = b.onPath("readlink", name, func(d *simdisk.Disk) (errno syscall.Errno) {
		target, errno = d.Readlink(b.dir, name)
		return errno
	})
	return target, err
}

// Chmod is os.Chmod.
func (b *Boot) Chmod(name string, mode os.FileMode) error {
	return b.onPath("chmod", name, func(d *simdisk.Disk) syscall.Errno {
		return d.Chmod(b.dir, name, sysfile.Mode(mode))
	})
}

// Chown is os.Chown.
func (b *Boot) Chown(name string, uid, gid int) error { return b.chown("chown", name, uid, gid, true) }

// Lchown is os.Lchown.
func (b *Boot) Lchown(name string, uid, gid int) error {
	return b.chown("lchown", name, uid, gid, false)
}

func (b *Boot) chown(op, name string, uid, gid int, follow bool) error {
	return b.onPath(op, name, func(d *simdisk.Disk) syscall.Errno { return d.Chown(b.dir, name, uid, gid, follow) })
}

// Chtimes is os.Chtimes.
func (b *Boot) Chtimes(name string, accessed, modified time.Time) error {
	nanos := func(t time.Time) *int64 {
		if t.IsZero() {
			return nil
		}
		n := t.UnixNano()
		return &n
	}
	return b.onPath("chtimes", name, func(d *simdisk.Disk) syscall.Errno {
		return d.Chtimes(b.dir, name, nanos(accessed), nanos(modified), true)
	})
}

// Truncate is os.Truncate.
func (b *Boot) Truncate(name string, size int64) error {
	return b.onPath("truncate", name, func(d *simdisk.Disk) syscall.Errno { return d.Truncate(b.dir, name, size) })
}

// TempDir is "/tmp".
func (b *Boot) TempDir() string { return tempDir }

// A fileInfo is what Readdir and entries tell of a file.
type fileInfo struct {
	name string
	stat sysfile.Stat
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return int64(i.stat.Size) }
func (i fileInfo) Mode() fs.FileMode  { return sysfile.FileMode(i.stat.Mode) }
func (i fileInfo) ModTime() time.Time { return i.stat.ModTime }
func (i fileInfo) IsDir() bool        { return i.Mode().IsDir() }
func (i fileInfo) Sys() any           { return sysfile.SystemStat(&i.stat) }
