package await

import (
	"context"
	"os"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// A FSInfo is what a file system tells of itself: statfs(2). Some tell of no files.
type FSInfo struct {
	Size, Free, Available int64 // bytes; Available is what a program without privileges may use of Free
	Files, FreeFiles      int64 // how many files it has room for, in all and now
	ReadOnly              bool

	Mount, Type, Source string // where it is mounted, as /mnt/a; what, as nfs4; of what, as server:/export; "" if not known
}

// Statfs returns information about the file system of the named file. It is a request to that
// file system, which may not answer: see StatfsContext.
//
// The error is an *fs.PathError; errors.Is knows those of statfs(2), and errors.ErrUnsupported on
// systems other than Linux, macOS and FreeBSD.
func Statfs(name string) (FSInfo, error) { return defaultIO.Statfs(name) }

// StatfsContext is like Statfs, but returns when ctx ends.
func StatfsContext(ctx context.Context, name string) (FSInfo, error) {
	return defaultIO.StatfsContext(ctx, name)
}

// Statfs is the function Statfs on io.
func (io *IO) Statfs(name string) (FSInfo, error) {
	return io.StatfsContext(context.Background(), name)
}

// StatfsContext is the function StatfsContext on io.
func (io *IO) StatfsContext(ctx context.Context, name string) (FSInfo, error) {
	s, err := fdcall.Later(io.loops, ctx, "statfs", name, func() (sysfile.FSStat, error) {
		s, err := io.loops.System.Statfs(name)
		if err == nil {
			io.loops.NameMount(&s, name)
		}
		return s, err
	}, nil)
	if err != nil {
		return FSInfo{}, pathFailed("statfs", name, err)
	}
	return fsInfo(s), nil
}

// Statfs returns information about the file system that f is on, as the function Statfs does.
func (f *File) Statfs() (FSInfo, error) { return f.StatfsContext(context.Background()) }

// StatfsContext is like Statfs, but returns when ctx ends: on a disk before it has begun, on a
// mount that may hang at any time (ErrLeft).
func (f *File) StatfsContext(ctx context.Context) (FSInfo, error) {
	if f == nil {
		return FSInfo{}, os.ErrInvalid
	}
	s, err := onFile(f, fileCall{ctx: ctx, op: "statfs", dir: fdcall.Untimed}, func(fd int) (sysfile.FSStat, error) {
		s, err := f.d.System().Fstatfs(fd)
		if err == nil {
			f.d.Loop.Loops.NameMountOf(&s, fd)
		}
		return s, err
	})
	return fsInfo(s), err
}

func fsInfo(s sysfile.FSStat) FSInfo {
	bytes := func(blocks uint64) int64 { return int64(blocks) * s.BlockSize }
	return FSInfo{
		Size: bytes(s.Blocks), Free: bytes(s.Free), Available: bytes(s.Avail), Files: int64(s.Files), FreeFiles: int64(s.FreeFiles),
		ReadOnly: s.ReadOnly, Mount: s.Mounted, Type: s.Type, Source: s.Source,
	}
}
