//go:build linux

package ring

import (
	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/vector"
)

// The end of the thread that submitted a receive stops it. With MSG_WAITALL the kernel then
// returns what has arrived so far, like a count that the end of the stream made short
// (io_sendrecv_fail in io_uring/net.c). Any goroutine may have submitted the receive, and ends its
// thread if it is locked to it. So the socket is asked which of the two it was.

// receives are the operations that MSG_WAITALL has wait for all of their buffer.
const receives = 1<<backend.OpRecv | 1<<backend.OpRecvMsg

// interrupted reports whether the receive f is to go on after its result, which is short for no
// reason of its own. A receive that leaves the data where it is has no second part, and a datagram
// has none. After ancillary data the loop asks for nothing.
func (f *operation) interrupted(result int32) bool {
	r := f.req
	if f.stop != stopNone || r.Flags&(unix.MSG_PEEK|unix.MSG_ERRQUEUE|unix.MSG_OOB) != 0 || int(result) >= room(r) {
		return false
	}
	kind, err := unix.GetsockoptInt(r.FD, unix.SOL_SOCKET, unix.SO_TYPE)
	return err == nil && kind == unix.SOCK_STREAM && streamGoesOn(r.FD)
}

// room is how many bytes r has room for.
func room(r *backend.Request) int {
	if r.Msg == nil {
		return len(r.Buf)
	}
	return vector.Len(r.Msg.Buffers)
}

// streamGoesOn reports whether bytes are there, or may still arrive. It leaves them, and an error,
// to the next receive.
func streamGoesOn(fd int) bool {
	fds := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	if _, err := unix.Poll(fds[:], 0); err != nil || fds[0].Revents&(unix.POLLERR|unix.POLLNVAL) != 0 {
		return false
	}
	var one [1]byte
	n, _, err := unix.Recvfrom(fd, one[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	return n > 0 || err == unix.EAGAIN
}
