package main

import (
	"net"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// The results that an operation can have.
type (
	nothing    struct{} // it succeeds or fails
	count      int      // bytes sent or written, or a set of bits
	received   int      // bytes from a socket; 0 is the end of a stream, or an empty datagram
	bytesRead  int      // bytes from a file; 0 is its end
	descriptor int      // a new one
)

// operations is the table: the operations of a proactor.Proactor that an await.IO has as
// a blocking call and as a future. A method here has the name and the parameters that the
// Proactor's has between the Completion and the Callback. Its comment is that of the
// blocking call.
//
// The Proactor's own methods check and fill in what each operation needs, and are written
// by hand. So are Sleep, Statx and CloseFD of package await, which are like no other.
type operations interface {
	// Accept waits for the next connection on the listening socket fd and returns its
	// descriptor, which is close-on-exec. The caller must close it. flags are SOCK_* bits for
	// it. If ctx ends when a connection has already been accepted, the call returns the
	// connection. Each connection goes to one of concurrent calls. See proactor.Proactor.Accept
	// for the errors.
	Accept(fd, flags int) descriptor

	// Connect connects the socket fd to addr: *net.TCPAddr, *net.UDPAddr or *net.UnixAddr.
	// After a connect that was stopped, the socket can only be closed. See
	// proactor.Proactor.Connect for the errors.
	Connect(fd int, addr net.Addr) nothing

	// ConnectWithTimeout is like Connect, but is stopped after d.
	ConnectWithTimeout(fd int, addr net.Addr, d time.Duration) nothing

	// Recv receives up to len(buf) bytes from the socket fd into buf and returns how many
	// arrived. At the end of a stream the error is io.EOF. flags are MSG_* bits.
	//
	// Recv parks the calling goroutine until data arrives, ctx ends, or the descriptor or io is
	// closed. buf belongs to the kernel until Recv returns, whatever the outcome. If data
	// arrived before a cancellation took effect, Recv returns the data and a nil error.
	// Concurrent calls each get their own bytes, in unspecified order. See
	// proactor.Proactor.Recv for the errors.
	Recv(fd int, buf []byte, flags int) received

	// RecvWithTimeout is like Recv, but is stopped after d: the error is then
	// os.ErrDeadlineExceeded for errors.Is. If d is zero, it receives what is there and does
	// not wait.
	RecvWithTimeout(fd int, buf []byte, flags int, d time.Duration) received

	// Send sends all of buf on the socket fd. It returns a count below len(buf) only with an
	// error, or with MSG_DONTWAIT in flags. Concurrent calls do not mix their bytes, unless one
	// of them is larger than what the socket accepts at once. See proactor.Proactor.Send for
	// the errors.
	Send(fd int, buf []byte, flags int) count

	// SendWithTimeout is like Send, but is stopped after d. The count is how much was sent
	// until then.
	SendWithTimeout(fd int, buf []byte, flags int, d time.Duration) count

	// RecvMsg receives into m, including the sender's address, ancillary data and flags. At the
	// end of a stream the error is io.EOF. m and its buffers belong to the kernel until RecvMsg
	// returns.
	RecvMsg(fd int, m *proactor.Message, flags int) received

	// RecvMsgWithTimeout is like RecvMsg, but is stopped after d.
	RecvMsgWithTimeout(fd int, m *proactor.Message, flags int, d time.Duration) received

	// SendMsg sends m: a datagram to m.To, several buffers as one, or ancillary
	// data. m and its buffers belong to the kernel until it returns.
	SendMsg(fd int, m *proactor.Message, flags int) count

	// SendMsgWithTimeout is like SendMsg, but is stopped after d.
	SendMsgWithTimeout(fd int, m *proactor.Message, flags int, d time.Duration) count

	// ShutdownSocket ends one direction of the connected socket fd, or both: how is
	// SHUT_RD, SHUT_WR or SHUT_RDWR. It is shutdown(2).
	ShutdownSocket(fd, how int) nothing

	// Socket makes a socket, close-on-exec and the caller's to close; family, typ
	// and protocol are as in socket(2).
	Socket(family, typ, protocol int) descriptor

	// Poll waits until the descriptor fd is ready for one of events, POLL* bits, and
	// returns the events that are there. Another user of fd may be faster, so the call that
	// follows may still have to wait. A connect(2) in progress is done when POLLOUT is there, and
	// SO_ERROR has its result.
	Poll(fd, events int) count

	// Read reads up to len(buf) bytes from fd into buf, at offset, or at the descriptor's own
	// position if offset is proactor.CurrentPosition. At the end of the file the error is
	// io.EOF. buf belongs to the kernel until Read returns. A disk read that the kernel has
	// begun cannot be stopped, and Read waits for it. See proactor.Proactor.Read for the
	// errors.
	Read(fd int, buf []byte, offset int64) bytesRead

	// Write writes all of buf to fd, at offset, or at the descriptor's own position if offset
	// is proactor.CurrentPosition. It returns a count below len(buf) only with an error. See
	// proactor.Proactor.Write for the errors.
	Write(fd int, buf []byte, offset int64) count

	// Fsync waits until the data that was written to fd before is on the device. flags is 0, or
	// proactor.FsyncDataOnly to leave out metadata that is not needed to read the data back.
	Fsync(fd, flags int) nothing

	// OpenAt opens path, taken from the directory dirfd (or proactor.AtCWD) if it is
	// relative, and returns the descriptor, close-on-exec and the caller's to close.
	// flags are O_* bits, mode the permissions of a file it creates. See
	// proactor.Proactor.OpenAt for the errors.
	OpenAt(dirfd int, path string, flags int, mode uint32) descriptor

	// Nop does nothing, by way of the kernel. It measures the cost of a call.
	Nop() nothing
}

var _ operations // the compiler checks the table
