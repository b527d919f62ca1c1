//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

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
			return failure(err)
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
		return readv(r.FD, vector.Head(r.Msg.Buffers, callMax), r.Offset)
	case backend.OpWriteV:
		return writev(r.FD, vector.Head(r.Msg.Buffers, callMax), r.Offset)
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
	if r.Offset < 0 && !isFile(r.FD) {
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
