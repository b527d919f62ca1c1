//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import (
	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/socket"
	"github.com/awaitio/awaitio/internal/vector"
	"github.com/awaitio/awaitio/internal/workers"
)

// try attempts the operation without blocking. It reports whether it has to
// wait; otherwise the result is a count or descriptor, or the negated errno.
func (o *operation) try() (result int, wait bool) {
	for {
		n, err := o.attempt()
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN && o.waits():
			return 0, true
		case err == errMayBlock:
			o.phase = phaseErrandDue
			return 0, true
		case err != nil && o.done > 0:
			return o.done, false // the next attempt meets the error again
		case err != nil:
			return backend.Failure(err), false
		case transfers&(1<<o.req.Op) != 0:
			if o.done += n; n > 0 && o.goesOn() {
				continue
			}
			return o.done, false
		default:
			return n, false
		}
	}
}

// head is as much of p as goes to the kernel at once.
func head(p []byte) []byte { return p[:min(len(p), workers.CallMax)] }

// attempt is one system call, or the few it takes not to block.
func (o *operation) attempt() (int, error) {
	switch r := o.req; r.Op {
	case backend.OpNop:
		return 0, nil
	case backend.OpAccept:
		return o.accept()
	case backend.OpConnect:
		return 0, o.connect()
	case backend.OpRecv:
		return recv(r.FD, head(r.Buf[o.done:]), r.Flags)
	case backend.OpSend:
		return send(r.FD, head(r.Buf[o.done:]), r.Flags)
	case backend.OpRecvMsg:
		return o.recvMsg()
	case backend.OpSendMsg:
		return o.sendMsg()
	case backend.OpRead:
		return readNow(r.FD, head(r.Buf))
	case backend.OpWrite:
		return writeNow(r.FD, head(r.Buf[o.done:]))
	case backend.OpReadV:
		return readvNow(r.FD, vector.Head(r.Msg.Buffers, workers.CallMax))
	case backend.OpWriteV:
		return writevNow(r.FD, vector.Head(after(r.Msg.Buffers, o.done), workers.CallMax))
	case backend.OpShutdown:
		return 0, unix.Shutdown(r.FD, int(r.Flags))
	case backend.OpSocket:
		return newSocket(int(r.Mode), int(r.Flags), int(r.Offset))
	case backend.OpPoll:
		return pollNow(r.FD, int16(r.Flags))
	}
	return 0, unix.EOPNOTSUPP
}

// waits reports whether EAGAIN is not the operation's answer.
func (o *operation) waits() bool {
	switch o.req.Op {
	case backend.OpRecv, backend.OpSend, backend.OpRecvMsg, backend.OpSendMsg:
		return o.req.Flags&unix.MSG_DONTWAIT == 0
	case backend.OpConnect:
		return o.phase != phaseNonblocking
	}
	return true
}

// transfers are the operations whose result is a count of bytes.
const transfers = 1<<backend.OpRecv | 1<<backend.OpSend | 1<<backend.OpRecvMsg | 1<<backend.OpSendMsg |
	1<<backend.OpRead | 1<<backend.OpWrite | 1<<backend.OpReadV | 1<<backend.OpWriteV

// goesOn reports whether a transfer asks for the rest, if it came short. A receive
// ends with a message, and with descriptors, as in the kernel: what comes behind
// them is for the next one.
func (o *operation) goesOn() bool {
	const all, peek = unix.MSG_WAITALL, unix.MSG_PEEK
	switch r := o.req; r.Op {
	case backend.OpSend, backend.OpSendMsg:
		return r.Flags&unix.MSG_DONTWAIT == 0 && o.done < o.size()
	case backend.OpWrite, backend.OpWriteV:
		return o.done < o.size()
	case backend.OpRecv:
		return r.Flags&(all|peek) == all && o.done < o.size() && isStream(r.FD)
	case backend.OpRecvMsg:
		return r.Flags&(all|peek) == all && o.done < o.size() && isStream(r.FD) &&
			!carriesDescriptors(r.Msg.Control[:r.Msg.ControlLen])
	}
	return false
}

func isStream(fd int) bool {
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	return err == nil && kind == unix.SOCK_STREAM
}

func (o *operation) size() int {
	if o.req.Msg == nil {
		return len(o.req.Buf)
	}
	n := 0
	for _, b := range o.req.Msg.Buffers {
		n += len(b)
	}
	return n
}

// connect starts a connection, and later looks how it went. Writable alone does
// not mean connected: the event may be an old one (connect(2), EINPROGRESS).
func (o *operation) connect() error {
	if o.phase != phaseConnecting {
		nonblocking, err := socket.WithoutBlocking(o.req.FD, neverIdle, func() error { return connect(o.req.FD, o.req.Name) })
		switch {
		case err == unix.EINPROGRESS || err == unix.EINTR:
			o.phase = phaseConnecting
			return unix.EAGAIN
		case nonblocking:
			o.phase = phaseNonblocking
		default:
			o.phase = phaseNone
		}
		return err
	}
	code, err := unix.GetsockoptInt(o.req.FD, unix.SOL_SOCKET, unix.SO_ERROR)
	switch {
	case err != nil:
		return err
	case code != 0:
		return unix.Errno(code)
	}
	if !hasPeer(o.req.FD) {
		return unix.EAGAIN
	}
	return nil
}

// pollNow is what is there of events, without waiting.
func pollNow(fd int, events int16) (int, error) {
	fds := [1]unix.PollFd{{Fd: int32(fd), Events: events}}
	n, err := unix.Poll(fds[:], 0)
	switch {
	case err != nil:
		return 0, err
	case n == 0:
		return 0, unix.EAGAIN
	case fds[0].Revents&unix.POLLNVAL != 0:
		return 0, unix.EBADF
	}
	return int(uint16(fds[0].Revents)), nil
}

// pipeWriteMax is how much a pipe that is ready takes without blocking: POSIX's
// PIPE_BUF.
const pipeWriteMax = 512

// mayBlock is why a call on fd, which is no socket, is not to be made: EAGAIN if it
// would block now, and errMayBlock if it could block the thread although the descriptor
// is ready. In non-blocking mode the call itself has the answer, and a poller not
// always: it says nothing of a FIFO that never had a writer, whose end has been reached.
func mayBlock(fd int, events int16) error {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	unfit := unix.O_WRONLY // for reading
	if events == unix.POLLOUT {
		unfit = unix.O_RDONLY
	}
	switch {
	case err != nil:
		return err
	case flags&unix.O_NONBLOCK != 0, flags&unix.O_ACCMODE == unfit:
		return nil
	}
	if err = readyNow(fd, events); err == nil {
		err = errMayBlock
	}
	return err
}

// readyNow is EAGAIN where a call on fd would block now. A hang-up alone says nothing of
// a write: a terminal's master whose buffer is full waits on when the slave is closed.
func readyNow(fd int, events int16) error {
	got, err := pollNow(fd, events)
	if err == nil && events == unix.POLLOUT && got&(unix.POLLOUT|unix.POLLERR) == 0 {
		err = unix.EAGAIN
	}
	return err
}

// readReady reads from what is not a socket, if that cannot block.
func readReady(fd int, p []byte) (int, error) {
	if err := mayBlock(fd, unix.POLLIN); err != nil {
		return 0, err
	}
	return unix.Read(fd, p)
}

// writeReady writes to what is not a socket, if that cannot block.
func writeReady(fd int, p []byte) (int, error) {
	if err := mayBlock(fd, unix.POLLOUT); err != nil {
		return 0, err
	}
	return unix.Write(fd, p)
}

// writevReady is writeReady for several buffers.
func writevReady(fd int, buffers [][]byte) (int, error) {
	if err := mayBlock(fd, unix.POLLOUT); err != nil {
		return 0, err
	}
	return workers.Writev(fd, buffers, -1)
}
