//go:build unix

package sim

import (
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/simdisk"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/internal/system"
)

var _ system.Files = (*Boot)(nil)

// errnoOf is errno as an error; 0 is none.
func errnoOf(errno syscall.Errno) error {
	if errno != 0 {
		return errno
	}
	return nil
}

// onDisk makes a call on the host's disk, unless the boot has ended.
func (b *Boot) onDisk(do func(d *simdisk.Disk) syscall.Errno) error {
	b.w.enter()
	defer b.w.leave()
	if b.state != bootRuns {
		return ErrCrashed
	}
	d := b.host.disk
	defer d.changed()
	errno := do(d.at())
	if errno == 0 {
		b.w.opt.Watch.Worked()
	}
	return errnoOf(errno)
}

// onFile makes a call on an open descriptor. For one that is no file on a disk the errno is
// other.
func (b *Boot) onFile(fd int, other syscall.Errno, do func(o *openFile) syscall.Errno) error {
	return b.onDisk(func(*simdisk.Disk) syscall.Errno {
		f := b.descriptors.get(fd)
		if f == nil {
			return syscall.EBADF
		}
		o, ok := f.resource.(*openFile)
		if !ok {
			return other
		}
		return do(o)
	})
}

// Inspect is that of system.Files.
func (b *Boot) Inspect(fd, _ int) (t sysfile.Traits, err error) {
	err = b.onDisk(func(*simdisk.Disk) syscall.Errno {
		f := b.descriptors.get(fd)
		if f == nil {
			return syscall.EBADF
		}
		switch o := f.resource.(type) {
		case *pipeEnd:
			t.Pipe = true
		case *openFile:
			t.Kind, t.Appends, t.Device = sysfile.Regular, o.Appends(), diskDevice
			if o.IsDir() {
				t.Kind = sysfile.Directory
			}
		}
		return 0
	})
	return t, err
}

// Fstat is that of system.Files.
func (b *Boot) Fstat(fd int) (s sysfile.Stat, err error) {
	err = b.onDisk(func(*simdisk.Disk) syscall.Errno {
		f := b.descriptors.get(fd)
		if f == nil {
			return syscall.EBADF
		}
		s = sysStat(f.stat())
		return 0
	})
	return s, err
}

func sysStat(s backend.Stat) sysfile.Stat {
	at := func(t backend.Timestamp) time.Time { return time.Unix(t.Sec, int64(t.Nsec)) }
	return sysfile.Stat{
		Mask: s.Mask, Mode: s.Mode, Nlink: s.Nlink, UID: s.UID, GID: s.GID,
		BlockSize: s.BlockSize, Attributes: s.Attributes, Ino: s.Ino, Size: s.Size, Blocks: s.Blocks,
		AccessTime: at(s.Atime), BirthTime: at(s.Btime), ChangeTime: at(s.Ctime), ModTime: at(s.Mtime),
		DevMajor: s.DevMajor, DevMinor: s.DevMinor,
	}
}

// Fstatfs is that of system.Files.
func (b *Boot) Fstatfs(fd int) (s sysfile.FSStat, err error) {
	err = b.onFile(fd, syscall.ENOSYS, func(o *openFile) syscall.Errno {
		s = o.d.space()
		return 0
	})
	return s, err
}

// freeNodes is how many files more every disk has room for.
const freeNodes = 1 << 20

func (d *Disk) space() sysfile.FSStat {
	s := d.at().Statfs()
	kind := "ext4"
	if d.config.Model == simdisk.XFS {
		kind = "xfs"
	}
	free := uint64(s.Free / s.Block)
	return sysfile.FSStat{
		BlockSize: s.Block, Blocks: uint64(s.Size / s.Block), Free: free, Avail: free,
		Files: s.Nodes + freeNodes, FreeFiles: freeNodes,
		Type: kind, Mounted: "/", Source: d.host.name,
	}
}

// Seek is that of system.Files.
func (b *Boot) Seek(fd int, offset int64, whence int) (at int64, err error) {
	err = b.onFile(fd, syscall.ESPIPE, func(o *openFile) (errno syscall.Errno) {
		at, errno = o.SeekTo(offset, whence)
		return errno
	})
	return at, err
}

// WriteNothing is that of system.Files.
func (b *Boot) WriteNothing(fd int) error {
	return b.onDisk(func(*simdisk.Disk) syscall.Errno {
		f := b.descriptors.get(fd)
		if f == nil {
			return syscall.EBADF
		}
		switch o := f.resource.(type) {
		case *openFile:
			if !o.Writable() {
				return syscall.EBADF
			}
		case *pipeEnd:
			if o.out == nil {
				return syscall.EBADF
			}
		}
		return 0
	})
}

// Ftruncate is that of system.Files.
func (b *Boot) Ftruncate(fd int, size int64) error {
	return b.onFile(fd, syscall.EINVAL, func(o *openFile) syscall.Errno { return o.Truncate(size) })
}

// Fallocate is that of system.Files.
func (b *Boot) Fallocate(fd int, offset, size int64) error {
	return b.onFile(fd, syscall.ESPIPE, func(o *openFile) syscall.Errno { return o.Allocate(offset, size) })
}

// Fchmod is that of system.Files.
func (b *Boot) Fchmod(fd int, mode uint32) error {
	return b.onFile(fd, 0, func(o *openFile) syscall.Errno { return o.Chmod(mode) })
}

// Fchown is that of system.Files.
func (b *Boot) Fchown(fd, uid, gid int) error {
	return b.onFile(fd, 0, func(o *openFile) syscall.Errno { return o.Chown(uid, gid) })
}

// Fchdir is that of system.Files.
func (b *Boot) Fchdir(fd int) error {
	return b.onFile(fd, syscall.ENOTDIR, func(o *openFile) syscall.Errno {
		if !o.IsDir() {
			return syscall.ENOTDIR
		}
		if b.dir != nil {
			b.dir.Close()
		}
		b.dir = o.Again()
		return 0
	})
}

// copyMax is how much CopyRange copies at most, so that a call is short.
const copyMax = 1 << 20

// CopyRange is that of system.Files.
func (b *Boot) CopyRange(to, from, limit int) (n int, err error) {
	err = b.onFile(from, syscall.EINVAL, func(source *openFile) (errno syscall.Errno) {
		f := b.descriptors.get(to)
		if f == nil {
			return syscall.EBADF
		}
		target, ok := f.resource.(*openFile)
		if !ok {
			return syscall.EINVAL
		}
		n, errno = source.CopyTo(target.File, min(limit, copyMax))
		return errno
	})
	return n, err
}

// Pipe is that of system.Files.
func (b *Boot) Pipe() (ends [2]int, err error) {
	err = b.onDisk(func(*simdisk.Disk) syscall.Errno {
		if len(b.descriptors.files)-len(b.descriptors.free)+2 > b.descriptors.limit {
			return syscall.EMFILE
		}
		s := b.w.newStream(b.newObject())
		ends = [2]int{b.install(&pipeEnd{in: s}), b.install(&pipeEnd{out: s})}
		return 0
	})
	return ends, err
}
