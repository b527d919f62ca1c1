package await

import (
	"context"
	"io"
	"net"
	"syscall"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/netname"
	"github.com/awaitio/awaitio/proactor"
)

// ReadMsgUnix reads from a unix socket into p, and into oob the ancillary data that came with it
// (see cmsg(3)). n and oobn are how many bytes they got. flags are MSG_* bits: MSG_CTRUNC says that
// oob had no room for all. Descriptors that arrive (SCM_RIGHTS of unix(7)) are close-on-exec and
// the caller's to close. At the end of the stream io.EOF is in a *net.OpError, as in package net.
func (c *Conn) ReadMsgUnix(p, oob []byte) (n, oobn, flags int, addr *net.UnixAddr, err error) {
	return c.ReadMsgUnixContext(context.Background(), p, oob)
}

// ReadMsgUnixContext is like ReadMsgUnix, but returns when ctx ends, with the error context.Cause.
func (c *Conn) ReadMsgUnixContext(ctx context.Context, p, oob []byte) (n, oobn, flags int, addr *net.UnixAddr, err error) {
	m := proactor.Message{Buffers: [][]byte{p}, Control: oob}
	if len(p) == 0 {
		if len(oob) == 0 {
			return 0, 0, 0, nil, c.failed("read", c.d.Refused())
		}
		m.Buffers[0] = make([]byte, 1) // ancillary data travels with a byte of data: unix(7)
	}
	n, err = c.d.Call(ctx, fdcall.Reading, func(w *fdcall.Waiter) error {
		return w.Proactor.RecvMsg(&w.C, c.d.FD, &m, 0, fdcall.Deliver)
	})
	if err != nil {
		return 0, 0, 0, nil, c.failedWith("read", callRecvMsg, c.remote, err)
	}
	if n == 0 && m.ControlN == 0 {
		return 0, 0, m.Flags, nil, c.failed("read", io.EOF) // in an OpError, as in package net
	}
	return min(n, len(p)), m.ControlN, m.Flags, netname.UnixSender(c.network, m.FromUnix()), nil
}

// WriteMsgUnix writes p to a unix socket, and with it the ancillary data oob. Descriptors in oob
// stay the caller's. addr must be nil: the socket has a peer, and any other address fails with
// EISCONN.
func (c *Conn) WriteMsgUnix(p, oob []byte, addr *net.UnixAddr) (n, oobn int, err error) {
	return c.WriteMsgUnixContext(context.Background(), p, oob, addr)
}

// WriteMsgUnixContext is like WriteMsgUnix, but returns when ctx ends, with the error context.Cause.
func (c *Conn) WriteMsgUnixContext(ctx context.Context, p, oob []byte, addr *net.UnixAddr) (n, oobn int, err error) {
	if addr != nil {
		return 0, 0, c.failedWith("write", callSendMsg, addr, c.refuseAddress(addr))
	}
	if err := c.writes.LockOn(ctx, c.d, fdcall.Writing); err != nil {
		return 0, 0, c.failedWith("write", "", nil, err)
	}
	defer c.writes.Unlock()
	m := proactor.Message{Buffers: [][]byte{p}, Control: oob}
	if len(p) == 0 {
		if len(oob) == 0 {
			return 0, 0, c.failedWith("write", callSendMsg, nil, c.writeNothing())
		}
		m.Buffers[0] = make([]byte, 1)
	}
	n, err = c.d.Call(ctx, fdcall.Writing, func(w *fdcall.Waiter) error {
		return w.Proactor.SendMsg(&w.C, c.d.FD, &m, 0, fdcall.Deliver)
	})
	if err != nil {
		return n, 0, c.failedWith("write", callSendMsg, nil, err)
	}
	return min(n, len(p)), len(oob), nil
}

// refuseAddress is what the system says of an address beside the peer.
func (c *Conn) refuseAddress(addr *net.UnixAddr) error {
	if c.d == nil {
		return fdcall.ErrNoDescriptor
	}
	if addr.Net != c.network {
		return refusedArgument(syscall.EAFNOSUPPORT)
	}
	if err := c.nameable(addr); err != nil {
		return err
	}
	if err := c.d.Check(fdcall.Writing); err != nil {
		return err
	}
	return syscall.EISCONN
}
