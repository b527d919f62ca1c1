package await

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/netname"
	"github.com/awaitio/awaitio/internal/sockaddr"
	"github.com/awaitio/awaitio/proactor"
)

// A PacketConn sends and receives datagrams: udp or unixgram. It implements net.PacketConn, and
// also net.Conn if it has a peer, as one that Dial made has. Several goroutines may call its
// methods at once.
//
// Reads and writes park the calling goroutine, not a thread. Their deadline, their context and
// Close end them. A buffer belongs to the kernel until the call returns, whatever the outcome. The
// other methods, except Close, do not wait. Concurrent reads each get datagrams of their own.
//
// Errors are *net.OpError, as in package net. errors.Is knows os.ErrDeadlineExceeded, net.ErrClosed
// and what recvmsg(2) and sendmsg(2) say, such as EMSGSIZE, and ECONNREFUSED if the peer's host has
// refused an earlier datagram.
//
// The garbage collector closes a PacketConn that is no longer referenced.
//
// recv(2), recvmsg(2), send(2), sendmsg(2); IORING_OP_RECV, IORING_OP_RECVMSG, IORING_OP_SEND,
// IORING_OP_SENDMSG.
type PacketConn struct {
	connection
	envelopes envelopes
	late      atomic.Pointer[error] // of the last batch, for the next to tell
}

// newPacketConn takes over the datagram socket fd.
func newPacketConn(io *IO, fd, family int, network string, local, remote net.Addr) *PacketConn {
	c := &PacketConn{connection: connection{newEndpoint(io.loops, fd, family, network, local, remote)}}
	cleanUp(c, c.d)
	return c
}

// CloseRead shuts down the receiving side of a unixgram socket: sends to it fail with EPIPE. It
// does not end a blocked read; SetReadDeadline and Close do.
func (c *PacketConn) CloseRead() error { return c.shutdown(syscall.SHUT_RD) }

// CloseWrite shuts down the sending side of a unixgram socket: writes fail with
// EPIPE. Most callers should use Close.
func (c *PacketConn) CloseWrite() error { return c.shutdown(syscall.SHUT_WR) }

// An envelope is what a datagram travels in: everything of a call that the
// kernel reads or writes beside the caller's buffer.
type envelope struct {
	proactor.Message
	one  [1][]byte
	to   sockaddr.Raw
	none [1]byte // room for a datagram that the caller has no room for
}

// envelopes are those not in use. They are kept, as they are large.
type envelopes struct {
	mu   sync.Mutex
	free []*envelope
}

func (s *envelopes) get() *envelope {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		e := s.free[n-1]
		s.free = s.free[:n-1]
		return e
	}
	return new(envelope)
}

// put keeps e without what it carried.
func (s *envelopes) put(e *envelope) {
	e.one[0] = nil
	e.Buffers, e.Control, e.To = nil, nil, nil
	s.mu.Lock()
	s.free = append(s.free, e)
	s.mu.Unlock()
}

// carry makes e carry p and oob.
func (e *envelope) carry(p, oob []byte) {
	e.one[0] = p
	e.Buffers, e.Control = e.one[:], oob
}

// receive waits for a datagram, for p and oob. call is the system call's name. The envelope tells of it until it
// is put back.
func (c *PacketConn) receive(ctx context.Context, call string, p, oob []byte) (*envelope, int, error) {
	e := c.envelopes.get()
	e.carry(p, oob)
	if len(p) == 0 {
		e.carry(e.none[:], oob)
	}
	n, err := c.d.Call(ctx, fdcall.Reading, func(w *fdcall.Waiter) error {
		return w.Proactor.RecvMsg(&w.C, c.d.FD, &e.Message, 0, fdcall.Deliver)
	})
	return e, min(n, len(p)), c.failedWith("read", call, c.remote, err)
}

// send sends p and oob in the envelope e, which has the address.
func (c *PacketConn) send(ctx context.Context, e *envelope, p, oob []byte) (int, error) {
	e.carry(p, oob)
	if len(p) == 0 {
		e.Buffers = nil
	}
	if c.family == syscall.AF_UNIX {
		return c.sendUnix(ctx, &e.Message)
	}
	return c.d.Call(ctx, fdcall.Writing, func(w *fdcall.Waiter) error {
		return w.Proactor.SendMsg(&w.C, c.d.FD, &e.Message, 0, fdcall.Deliver)
	})
}

// from is the sender of what e carries.
func (c *PacketConn) from(e *envelope) net.Addr {
	if netname.IsUnix(c.network) {
		return netname.OrNil(netname.UnixSender(c.network, e.FromUnix()))
	}
	return netname.Address(c.network, e.From())
}

// addressTo has e go to addr, which is refused as in package net, and in that order.
func (c *PacketConn) addressTo(e *envelope, addr net.Addr) error {
	unix := c.family == syscall.AF_UNIX
	to, isUDP := addr.(*net.UDPAddr)
	name, isUnix := addr.(*net.UnixAddr)
	switch {
	case isUDP == unix || isUnix != unix:
		return refusedArgument(syscall.EINVAL)
	case c.remote != nil:
		return net.ErrWriteToConnected
	case to == nil && name == nil:
		return netname.ErrMissingAddress
	case isUDP:
		return c.addressToUDP(e, to)
	case name.Net != c.network:
		return refusedArgument(syscall.EAFNOSUPPORT)
	}
	e.To = name
	return c.nameable(name)
}

// addressToUDP is addressToIP for an address that may be anything.
func (c *PacketConn) addressToUDP(e *envelope, a *net.UDPAddr) error {
	ap, portOK, err := netname.UDPTarget(a, c.family == syscall.AF_INET6)
	switch {
	case err != nil:
		return err
	case !portOK:
		return c.unnameable()
	}
	return c.addressToIP(e, ap)
}

// addressToIP has e go to ap, in the form that the socket's family wants.
func (c *PacketConn) addressToIP(e *envelope, ap netip.AddrPort) error {
	if c.family == syscall.AF_UNIX {
		return refusedArgument(syscall.EINVAL)
	}
	v6 := c.family == syscall.AF_INET6
	to, err := netname.SendTo(ap, v6)
	if err != nil {
		return err
	}
	e.to.Bytes = sockaddr.AppendAddrPort(e.to.Bytes[:0], to, v6)
	e.To = &e.to
	return nil
}

// failedTo is err of a send to addr as package net tells it. call is the system call's
// name.
func (c *PacketConn) failedTo(call string, addr net.Addr, err error) error {
	if _, refused := err.(refusedArgument); !refused {
		addr = netname.Untyped(addr) // one of another type is named as it came
	}
	return c.failedWith("write", call, addr, err)
}
