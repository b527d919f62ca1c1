package proactor

import (
	"net"
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/vector"
)

// Accept accepts the next connection on the listening socket fd. The result's N is the new
// descriptor, which is close-on-exec. The caller must close it. flags are SOCK_* bits for it,
// such as SOCK_NONBLOCK.
//
// errors.Is knows: ECONNABORTED (the peer left again), EINVAL (not listening), EMFILE and ENFILE
// (no descriptor left), ENOBUFS and ENOMEM, ENOTSOCK, EOPNOTSUPP (not a stream), EPERM
// (firewall), EPROTO, EBADF.
//
// accept(2); IORING_OP_ACCEPT.
func (p *Proactor) Accept(c *Completion, fd, flags int, callback Callback) error {
	return p.flagged(c, backend.OpAccept, fd, flags, callback)
}

// flagged is an operation on fd that takes flags and nothing else.
func (p *Proactor) flagged(c *Completion, op backend.Op, fd, flags int, callback Callback) error {
	if err := p.claim(c, kindIO, op, fd, callback); err != nil {
		return err
	}
	c.req.Flags = uint32(flags)
	return p.post(c)
}

// AcceptFrom is Accept that stores the peer's address in *from, without another system call. From
// submission to callback from belongs to the proactor. With an error it has no address.
//
// accept(2); IORING_OP_ACCEPT.
func (p *Proactor) AcceptFrom(c *Completion, fd, flags int, from *Peer, callback Callback) error {
	if err := p.claim(c, kindIO, backend.OpAccept, fd, callback); err != nil {
		return err
	}
	if from == nil {
		return c.refuse(invalid("nil Peer"))
	}
	c.detail().peer = from
	c.req.Flags, c.req.Name = uint32(flags), from.room()
	return p.post(c)
}

// Connect connects the socket fd to addr: *net.TCPAddr, *net.UDPAddr or
// *net.UnixAddr, of the socket's own family. The proactor does not keep addr
// beyond the callback.
//
// A connect that was stopped leaves the socket in an undefined state: close it.
//
// errors.Is knows: ECONNREFUSED, ECONNRESET, ENETUNREACH, EHOSTUNREACH,
// ETIMEDOUT (by the network), EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EALREADY
// (a connect is under way), EISCONN, EACCES and EPERM, ENOENT (no such unix
// socket), ENOTSOCK, EPROTOTYPE, EAGAIN (unix backlog full), EBADF.
//
// connect(2); IORING_OP_CONNECT.
func (p *Proactor) Connect(c *Completion, fd int, addr net.Addr, callback Callback) error {
	if err := p.claim(c, kindIO, backend.OpConnect, fd, callback); err != nil {
		return err
	}
	raw, err := c.detail().address(addr)
	if err != nil {
		return c.refuse(invalid(err.Error()))
	}
	c.req.Name = raw
	return p.post(c)
}

// ConnectWithTimeout is Connect with SetTimeout(d).
func (p *Proactor) ConnectWithTimeout(c *Completion, fd int, addr net.Addr, d time.Duration, callback Callback) error {
	return p.within(c, d, func() error { return p.Connect(c, fd, addr, callback) })
}

// Recv receives up to len(buf) bytes from the socket fd, as soon as some are there. The result's
// N is how many; 0 means the end of a stream, or an empty datagram. flags are MSG_* bits. With
// MSG_WAITALL the receive continues until buf is full; if it is stopped before, it returns the
// bytes and the reason. With MSG_DONTWAIT it fails with EAGAIN where it would wait.
//
// errors.Is knows: ECONNREFUSED (an earlier datagram was), ECONNRESET, ENOTCONN, ENOTSOCK,
// ETIMEDOUT (by the network), ENOMEM, EINVAL (flags), EAGAIN, EBADF.
//
// recv(2); IORING_OP_RECV.
func (p *Proactor) Recv(c *Completion, fd int, buf []byte, flags int, callback Callback) error {
	return p.transfer(c, backend.OpRecv, fd, buf, flags, callback)
}

// RecvWithTimeout is Recv with SetTimeout(d). Data that is there in time is
// returned even when the timeout ends before the callback.
func (p *Proactor) RecvWithTimeout(c *Completion, fd int, buf []byte, flags int, d time.Duration, callback Callback) error {
	return p.within(c, d, func() error { return p.Recv(c, fd, buf, flags, callback) })
}

// Send sends all of buf on the socket fd. N is below len(buf) only with an error, or with
// MSG_DONTWAIT in flags. It raises no SIGPIPE. To send an empty datagram, use SendMsg.
//
// errors.Is knows: EPIPE and ECONNRESET (the peer is gone), EMSGSIZE (datagram too large),
// ENOTCONN and EDESTADDRREQ (no peer), EACCES, EAFNOSUPPORT, EALREADY, ENOBUFS and ENOMEM,
// ENOTSOCK, EOPNOTSUPP (flags), ECONNREFUSED (an earlier datagram was), EINVAL, EISCONN, EAGAIN,
// EBADF.
//
// send(2); IORING_OP_SEND.
func (p *Proactor) Send(c *Completion, fd int, buf []byte, flags int, callback Callback) error {
	return p.transfer(c, backend.OpSend, fd, buf, flags, callback)
}

// SendWithTimeout is Send with SetTimeout(d). Where a part was sent by then, N
// says how much.
func (p *Proactor) SendWithTimeout(c *Completion, fd int, buf []byte, flags int, d time.Duration, callback Callback) error {
	return p.within(c, d, func() error { return p.Send(c, fd, buf, flags, callback) })
}

func (p *Proactor) transfer(c *Completion, op backend.Op, fd int, buf []byte, flags int, callback Callback) error {
	if err := p.claim(c, kindIO, op, fd, callback); err != nil {
		return err
	}
	if len(buf) == 0 {
		return c.refuse(errEmptyBuffer)
	}
	c.req.Buf, c.req.Flags = buf, uint32(flags)
	return p.post(c)
}

var (
	errEmptyBuffer = invalid("empty buffer")
	errTooLong     = invalid("buffers of more bytes than an int counts")
)

// RecvMsg receives into m, including the sender's address, ancillary data and flags. Descriptors
// that arrive are close-on-exec. Otherwise it is like Recv.
//
// recvmsg(2); IORING_OP_RECVMSG.
func (p *Proactor) RecvMsg(c *Completion, fd int, m *Message, flags int, callback Callback) error {
	if err := p.claimMessage(c, backend.OpRecvMsg, fd, m, flags, callback); err != nil {
		return err
	}
	if c.length() == 0 {
		return c.refuse(errEmptyBuffer) // nothing received could not be told from the end
	}
	m.ControlN, m.Flags = 0, 0
	c.details.msg.Name = m.from.room()
	return p.post(c)
}

// RecvMsgWithTimeout is RecvMsg with SetTimeout(d).
func (p *Proactor) RecvMsgWithTimeout(c *Completion, fd int, m *Message, flags int, d time.Duration, callback Callback) error {
	return p.within(c, d, func() error { return p.RecvMsg(c, fd, m, flags, callback) })
}

// SendMsg sends m. No Buffers at all is an empty datagram. Otherwise it is like
// Send.
//
// sendmsg(2); IORING_OP_SENDMSG.
func (p *Proactor) SendMsg(c *Completion, fd int, m *Message, flags int, callback Callback) error {
	if err := p.claimMessage(c, backend.OpSendMsg, fd, m, flags, callback); err != nil {
		return err
	}
	if m.To != nil {
		raw, err := c.details.address(m.To)
		if err != nil {
			return c.refuse(invalid(err.Error()))
		}
		c.details.msg.Name = raw
	}
	return p.post(c)
}

// SendMsgWithTimeout is SendMsg with SetTimeout(d).
func (p *Proactor) SendMsgWithTimeout(c *Completion, fd int, m *Message, flags int, d time.Duration, callback Callback) error {
	return p.within(c, d, func() error { return p.SendMsg(c, fd, m, flags, callback) })
}

func (p *Proactor) claimMessage(c *Completion, op backend.Op, fd int, m *Message, flags int, callback Callback) error {
	if err := p.claim(c, kindIO, op, fd, callback); err != nil {
		return err
	}
	switch {
	case m == nil:
		return c.refuse(invalid("nil Message"))
	case len(m.Buffers) > buffersMax:
		return c.refuse(&inputError{"more than 1024 buffers in a message", syscall.EMSGSIZE})
	case vector.Len(m.Buffers) < 0:
		return c.refuse(errTooLong)
	}
	d := c.detail()
	d.message = m
	d.msg = backend.Message{Buffers: m.Buffers, Control: m.Control}
	c.req.Msg, c.req.Flags = &d.msg, uint32(flags)
	return nil
}

// within submits with a timeout. A refused submission uses the timeout up.
func (p *Proactor) within(c *Completion, d time.Duration, submit func() error) error {
	if c == nil {
		return submit()
	}
	if c.state.Load() == idle {
		c.SetTimeout(d)
	}
	return submit()
}

// Shutdown ends one direction of the connected socket fd, or both: how is
// SHUT_RD, SHUT_WR or SHUT_RDWR.
//
// errors.Is knows: ENOTCONN, ENOTSOCK, EINVAL (how), EBADF.
//
// shutdown(2); IORING_OP_SHUTDOWN.
func (p *Proactor) Shutdown(c *Completion, fd, how int, callback Callback) error {
	return p.flagged(c, backend.OpShutdown, fd, how, callback)
}

// Socket makes a socket. The result's N is its descriptor, close-on-exec and the
// caller's to close. family, typ and protocol are as in socket(2).
//
// errors.Is knows: EAFNOSUPPORT, EPROTONOSUPPORT, EINVAL, EACCES, EMFILE and
// ENFILE, ENOBUFS and ENOMEM.
//
// socket(2); IORING_OP_SOCKET.
func (p *Proactor) Socket(c *Completion, family, typ, protocol int, callback Callback) error {
	if err := p.claim(c, kindIO, backend.OpSocket, -1, callback); err != nil {
		return err
	}
	c.req.Mode, c.req.Flags, c.req.Offset = uint32(family), uint32(typ), int64(protocol)
	return p.post(c)
}

// Poll waits until the descriptor fd is ready for one of events, which are POLL* bits. The
// result's N is the events that are ready. POLLERR and POLLHUP are always reported. What the kernel
// wakes the poll for and another user of fd has taken since is no reason to end.
//
// poll(2); IORING_OP_POLL_ADD.
func (p *Proactor) Poll(c *Completion, fd, events int, callback Callback) error {
	return p.flagged(c, backend.OpPoll, fd, events, callback)
}
