//go:build unix

package sim

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/simdisk"
)

// statx is statx(2).
func (b *Boot) statx(f *flight) (int, bool) {
	path := f.path()
	if path == "" && f.req.Flags&atEmptyPath != 0 {
		return b.statDescriptor(f)
	}
	from, errno := b.base(f, path)
	if errno != 0 {
		return fail(errno)
	}
	d := b.host.disk
	if l := d.holdsPath(from, path); l != nil {
		return f.hang(l)
	}
	info, errno := d.at().Stat(from, path, f.req.Flags&unix.AT_SYMLINK_NOFOLLOW == 0)
	if errno != 0 {
		return fail(errno)
	}
	f.stat = statOf(info)
	return done(0)
}

func (b *Boot) statDescriptor(f *flight) (int, bool) {
	if f.file == nil {
		return fail(syscall.EBADF)
	}
	if o, ok := f.file.resource.(*openFile); ok {
		if l := o.holds(); l != nil {
			return f.hang(l)
		}
	}
	f.stat = f.file.stat()
	return done(0)
}

// stat is fstat(2).
func (f *file) stat() backend.Stat {
	s := backend.Stat{Mask: statxBasicStats, Mode: syscall.S_IFSOCK | 0o777, Nlink: 1}
	switch o := f.resource.(type) {
	case *pipeEnd:
		s.Mode = syscall.S_IFIFO | 0o600
	case *openFile:
		s = statOf(o.Stat())
	}
	return s
}

const blockSize = 4096

// diskDevice is the number of the device that a host's files are on.
const diskDevice = 8

func statOf(i simdisk.Info) backend.Stat {
	return backend.Stat{
		Mask: statxBasicStats | statxBtime,
		Mode: i.Mode, Nlink: i.Links, BlockSize: blockSize, Ino: i.Ino, DevMajor: diskDevice,
		UID: i.UID, GID: i.GID,
		Size: uint64(i.Size), Blocks: uint64(i.Blocks),
		Atime: timestamp(i.Accessed), Mtime: timestamp(i.Modified), Ctime: timestamp(i.Changed), Btime: timestamp(i.Born),
	}
}

func timestamp(nanos int64) backend.Timestamp {
	t := time.Unix(0, nanos)
	return backend.Timestamp{Sec: t.Unix(), Nsec: uint32(t.Nanosecond())}
}
