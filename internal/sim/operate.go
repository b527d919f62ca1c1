//go:build unix

package sim

import (
	"syscall"

	"github.com/awaitio/awaitio/internal/backend"
)

// attempt tries to carry f out. It returns the result, or false where f has to
// wait for something to change.
func (b *Boot) attempt(f *flight) (int, bool) {
	switch f.req.Op {
	case backend.OpNop:
		return done(0)
	case backend.OpClose:
		return fail(b.close(f.req.FD)) // 0 is success
	case backend.OpSocket:
		return b.newSocket(f)
	case backend.OpOpenAt:
		return b.openAt(f)
	case backend.OpStatx:
		return b.statx(f)
	}
	if f.file == nil {
		return fail(syscall.EBADF)
	}
	switch f.req.Op {
	case backend.OpRead, backend.OpWrite, backend.OpReadV, backend.OpWriteV:
		return b.transfer(f)
	case backend.OpWriteSync:
		return b.writeSync(f)
	case backend.OpFsync:
		return b.fsync(f)
	case backend.OpPoll:
		return b.poll(f)
	}
	s, ok := f.file.resource.(*socket)
	if !ok {
		return fail(syscall.ENOTSOCK)
	}
	return b.onSocket(f, s)
}

func (b *Boot) onSocket(f *flight, s *socket) (int, bool) {
	switch f.req.Op {
	case backend.OpAccept:
		return b.accept(f, s)
	case backend.OpConnect:
		return b.connect(f, s)
	case backend.OpRecv, backend.OpRecvMsg:
		return b.receive(f, s)
	case backend.OpSend, backend.OpSendMsg:
		return b.send(f, s)
	case backend.OpShutdown:
		return fail(b.w.shutdown(s, int(f.req.Flags))) // 0 is success
	}
	return fail(syscall.EOPNOTSUPP)
}

// transfer is read and write, on whatever has bytes.
func (b *Boot) transfer(f *flight) (int, bool) {
	reads := f.req.Op == backend.OpRead || f.req.Op == backend.OpReadV
	switch o := f.file.resource.(type) {
	case *openFile:
		if reads {
			return b.readFile(f, o)
		}
		return b.writeFile(f, o)
	case *socket:
		switch {
		case f.req.Offset >= 0:
			return fail(syscall.ESPIPE)
		case reads:
			return b.receive(f, o)
		}
		return b.send(f, o)
	case *pipeEnd:
		switch {
		case f.req.Offset >= 0:
			return fail(syscall.ESPIPE)
		case reads && o.in != nil:
			return b.w.readStream(f, o.in, nil)
		case !reads && o.out != nil:
			return b.w.writeStream(f, o.out, nil)
		}
	}
	return fail(syscall.EBADF) // the pipe's other direction
}
