//go:build unix

package sim

import (
	"syscall"

	"github.com/awaitio/awaitio/internal/backend"
)

// attempt tries to carry f out. It returns the result, or false where f has to
// wait for something to change.
func (w *World) attempt(f *flight) (int, bool) {
	switch f.req.Op {
	case backend.OpNop:
		return done(0)
	case backend.OpClose:
		return fail(w.close(f.req.FD)) // 0 is success
	case backend.OpSocket:
		return w.newSocket(f)
	case backend.OpOpenAt:
		return w.openAt(f)
	case backend.OpStatx:
		return w.statx(f)
	}
	if f.file == nil {
		return fail(syscall.EBADF)
	}
	switch f.req.Op {
	case backend.OpRead, backend.OpWrite, backend.OpReadV, backend.OpWriteV:
		return w.transfer(f)
	case backend.OpWriteSync:
		return w.writeSync(f)
	case backend.OpFsync:
		return w.fsync(f)
	case backend.OpPoll:
		return w.poll(f)
	}
	s, ok := f.file.object.(*socket)
	if !ok {
		return fail(syscall.ENOTSOCK)
	}
	return w.onSocket(f, s)
}

func (w *World) onSocket(f *flight, s *socket) (int, bool) {
	switch f.req.Op {
	case backend.OpAccept:
		return w.accept(f, s)
	case backend.OpConnect:
		return w.connect(f, s)
	case backend.OpRecv, backend.OpRecvMsg:
		return w.receive(f, s)
	case backend.OpSend, backend.OpSendMsg:
		return w.send(f, s)
	case backend.OpShutdown:
		return w.shutdown(f, s)
	}
	return fail(syscall.EOPNOTSUPP)
}

// transfer is read and write, on whatever has bytes.
func (w *World) transfer(f *flight) (int, bool) {
	reads := f.req.Op == backend.OpRead || f.req.Op == backend.OpReadV
	switch o := f.file.object.(type) {
	case *openFile:
		if reads {
			return w.readFile(f, o)
		}
		return w.writeFile(f, o)
	case *socket:
		switch {
		case f.req.Offset >= 0:
			return fail(syscall.ESPIPE)
		case reads:
			return w.receive(f, o)
		}
		return w.send(f, o)
	case *pipeEnd:
		switch {
		case f.req.Offset >= 0:
			return fail(syscall.ESPIPE)
		case reads && o.in != nil:
			return w.readStream(f, o.in, nil)
		case !reads && o.out != nil:
			return w.writeStream(f, o.out, nil)
		}
	}
	return fail(syscall.EBADF) // the pipe's other direction
}
