//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package workers

import (
	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	sockets "github.com/awaitio/awaitio/internal/socket"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/internal/vector"
)

// Perform carries out r on the calling thread, which it blocks, and returns the result
// that r's event is to have. Workers call it with requests on files: see blockOn.
func Perform(r *backend.Request) int {
	for {
		n, err := blockOn(r)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return backend.Failure(err)
		}
		return n
	}
}

func blockOn(r *backend.Request) (int, error) {
	switch r.Op {
	case backend.OpRead:
		if r.Offset < 0 {
			return unix.Read(r.FD, head(r.Buf))
		}
		return unix.Pread(r.FD, head(r.Buf), r.Offset)
	case backend.OpWrite:
		return write(r)
	case backend.OpWriteSync:
		return writeSync(r)
	case backend.OpReadV:
		return Readv(r.FD, vector.Head(r.Msg.Buffers, CallMax), r.Offset)
	case backend.OpWriteV:
		return Writev(r.FD, vector.Head(r.Msg.Buffers, CallMax), r.Offset)
	case backend.OpFsync:
		return 0, sysfile.Fsync(r.FD, r.Flags&backend.FsyncDataOnly != 0)
	case backend.OpOpenAt:
		return unix.Openat(r.FD, path(r), int(r.Flags)|unix.O_CLOEXEC, r.Mode)
	case backend.OpClose:
		return 0, sockets.CloseDescriptor(r.FD)
	case backend.OpStatx:
		return 0, stat(r.FD, path(r), int(r.Flags), r.Mode, r.Stat)
	}
	return 0, unix.EOPNOTSUPP
}

func write(r *backend.Request) (int, error) {
	if r.Offset < 0 {
		return unix.Write(r.FD, head(r.Buf))
	}
	return unix.Pwrite(r.FD, head(r.Buf), r.Offset)
}

// writeSync syncs where all was written. A pipe, say, is not written to at all: a
// worker could wait for its reader for ever.
func writeSync(r *backend.Request) (int, error) {
	sync := func() error { return sysfile.Fsync(r.FD, r.Flags&backend.FsyncDataOnly != 0) }
	if r.Offset < 0 && !IsFile(r.FD) {
		if err := sync(); err != nil {
			return 0, err
		}
	}
	n, err := write(r)
	if err != nil || n < len(r.Buf) {
		return n, err
	}
	err = sync()
	for err == unix.EINTR {
		err = sync()
	}
	return n, err
}

func path(r *backend.Request) string { return string(r.Name[:len(r.Name)-1]) }

// CallMax is how much goes to the kernel at once. Some systems fail beyond 2 GiB,
// and this many whole pages are under it. It is variable for tests.
var CallMax = 1 << 30

// head is as much of p as goes to the kernel at once.
func head(p []byte) []byte { return p[:min(len(p), CallMax)] }

// IsFile reports whether fd is one of the files that always count as ready, and
// that a disk may keep waiting nevertheless.
func IsFile(fd int) bool {
	var s unix.Stat_t
	if unix.Fstat(fd, &s) != nil {
		return false
	}
	switch s.Mode & unix.S_IFMT {
	case unix.S_IFREG, unix.S_IFBLK, unix.S_IFDIR:
		return true
	}
	return false
}
