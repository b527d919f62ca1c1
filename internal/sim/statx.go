//go:build unix

package sim

import (
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
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
	n, errno := b.host.tree.find(from, path)
	switch {
	case errno != 0:
		return fail(errno)
	case n.stuck:
		return f.hang(n)
	}
	f.stat = b.stat(n)
	return done(0)
}

func (b *Boot) statDescriptor(f *flight) (int, bool) {
	if f.file == nil {
		return fail(syscall.EBADF)
	}
	f.stat = backend.Stat{Mask: statxBasicStats, Mode: syscall.S_IFSOCK | 0o777, Nlink: 1}
	switch o := f.file.resource.(type) {
	case *pipeEnd:
		f.stat.Mode = syscall.S_IFIFO | 0o600
	case *openFile:
		if o.inode.stuck {
			return f.hang(o.inode)
		}
		f.stat = b.stat(o.inode)
	}
	return done(0)
}

const blockSize = 4096

func (b *Boot) stat(n *inode) backend.Stat {
	mode, links := n.mode|syscall.S_IFREG, uint32(1)
	if n.directory != nil {
		mode, links = n.mode|syscall.S_IFDIR, 2
	}
	modified := b.timestamp(n.modified)
	return backend.Stat{
		Mask: statxBasicStats | statxBtime,
		Mode: mode, Nlink: links, BlockSize: blockSize, Ino: n.number,
		Size: uint64(len(n.data)), Blocks: uint64(len(n.data)+511) / 512,
		Atime: modified, Mtime: modified, Ctime: modified, Btime: b.timestamp(n.born),
	}
}

func (b *Boot) timestamp(at int64) backend.Timestamp {
	t := b.w.epoch.Add(time.Duration(at))
	return backend.Timestamp{Sec: t.Unix(), Nsec: uint32(t.Nanosecond())}
}
