package await

import (
	"context"
	"net"
	"net/netip"
	"syscall"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/netname"
	"github.com/awaitio/awaitio/internal/socket"
)

// Read receives a datagram into p and returns its length. Bytes for which p has no room are lost.
// An empty datagram is 0 bytes and no error.
func (c *PacketConn) Read(p []byte) (int, error) { return c.ReadContext(context.Background(), p) }

// ReadContext is like Read, but returns when ctx ends, with the error context.Cause. A datagram that was
// taken before that took effect is returned.
func (c *PacketConn) ReadContext(ctx context.Context, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, c.failed("read", c.d.Refused())
	}
	n, err := c.d.Call(ctx, fdcall.Reading, func(w *fdcall.Waiter) error {
		return w.Proactor.Recv(&w.C, c.d.FD, p, 0, fdcall.Deliver)
	})
	return n, c.failed("read", err)
}

// ReadFrom receives a datagram into p and returns the sender's address, which is nil for a unix
// socket without a name. Bytes for which p has no room are lost.
func (c *PacketConn) ReadFrom(p []byte) (int, net.Addr, error) {
	return c.ReadFromContext(context.Background(), p)
}

// ReadFromContext is like ReadFrom, but returns when ctx ends, with the error context.Cause. A datagram
// that was taken before that took effect is returned.
func (c *PacketConn) ReadFromContext(ctx context.Context, p []byte) (int, net.Addr, error) {
	e, n, err := c.receive(ctx, callRecvFrom, p, nil)
	defer c.envelopes.put(e)
	if err != nil {
		return n, nil, err
	}
	return n, c.from(e), nil
}

// ReadFromUDPAddrPort is ReadFrom for udp, and allocates nothing.
func (c *PacketConn) ReadFromUDPAddrPort(p []byte) (int, netip.AddrPort, error) {
	e, n, err := c.receive(context.Background(), callRecvFrom, p, nil)
	defer c.envelopes.put(e)
	if err != nil {
		return n, netip.AddrPort{}, err
	}
	return n, netname.WithZoneName(e.From()), nil
}

// ReadFromUDP is ReadFrom with the address's own type. It is inlined, so that an address
// that the caller does not keep is not allocated.
func (c *PacketConn) ReadFromUDP(p []byte) (int, *net.UDPAddr, error) {
	return c.readFromUDP(p, &net.UDPAddr{})
}

// readFromUDP puts the address into *addr. Where there is none it returns nil.
func (c *PacketConn) readFromUDP(p []byte, addr *net.UDPAddr) (int, *net.UDPAddr, error) {
	e, n, err := c.receive(context.Background(), callRecvFrom, p, nil)
	defer c.envelopes.put(e)
	if err != nil {
		return n, nil, err
	}
	from := e.From()
	if !from.IsValid() {
		return n, nil, nil
	}
	*addr = netname.UDPAddr(from)
	return n, addr, nil
}

// ReadFromUnix is ReadFrom with the address's own type; it is nil for a socket
// without a name.
func (c *PacketConn) ReadFromUnix(p []byte) (int, *net.UnixAddr, error) {
	n, addr, err := c.ReadFrom(p)
	unix, _ := addr.(*net.UnixAddr)
	return n, unix, err
}

// ReadMsgUDP receives a datagram into p, and its ancillary data into oob (see cmsg(3)). n and oobn
// are how many bytes they got. flags are MSG_* bits: MSG_TRUNC says that p had no room for all of
// the datagram, MSG_CTRUNC the same of oob.
func (c *PacketConn) ReadMsgUDP(p, oob []byte) (n, oobn, flags int, addr *net.UDPAddr, err error) {
	e, n, err := c.receive(context.Background(), callRecvMsg, p, oob)
	defer c.envelopes.put(e)
	if err != nil {
		return n, 0, 0, nil, err
	}
	addr, _ = c.from(e).(*net.UDPAddr)
	return n, e.ControlN, e.Flags &^ socket.MessageFlag, addr, nil // as in package net, which asks for it on unix sockets only
}

// ReadMsgUDPAddrPort is ReadMsgUDP with an address of package netip, and allocates nothing.
func (c *PacketConn) ReadMsgUDPAddrPort(p, oob []byte) (n, oobn, flags int, addr netip.AddrPort, err error) {
	e, n, err := c.receive(context.Background(), callRecvMsg, p, oob)
	defer c.envelopes.put(e)
	if err != nil {
		return n, 0, 0, netip.AddrPort{}, err
	}
	return n, e.ControlN, e.Flags &^ socket.MessageFlag, netname.WithZoneName(e.From()), nil
}

// ReadMsgUnix is ReadMsgUDP for unixgram. Descriptors that arrive in oob are
// close-on-exec and the caller's to close.
func (c *PacketConn) ReadMsgUnix(p, oob []byte) (n, oobn, flags int, addr *net.UnixAddr, err error) {
	e, n, err := c.receive(context.Background(), callRecvMsg, p, oob)
	defer c.envelopes.put(e)
	if err != nil {
		return n, 0, 0, nil, err
	}
	addr, _ = c.from(e).(*net.UnixAddr)
	return n, e.ControlN, e.Flags, addr, nil
}

// Write sends p to the peer as one datagram: all of p, or nothing. On a socket without a peer it
// fails with EDESTADDRREQ, or ENOTCONN for unixgram.
func (c *PacketConn) Write(p []byte) (int, error) { return c.WriteContext(context.Background(), p) }

// WriteContext is like Write, but returns when ctx ends, with the error context.Cause.
func (c *PacketConn) WriteContext(ctx context.Context, p []byte) (n int, err error) {
	if len(p) == 0 || c.family == syscall.AF_UNIX {
		e := c.envelopes.get()
		defer c.envelopes.put(e)
		n, err = c.send(ctx, e, p, nil)
	} else {
		n, err = c.d.Call(ctx, fdcall.Writing, func(w *fdcall.Waiter) error {
			return w.Proactor.Send(&w.C, c.d.FD, p, 0, fdcall.Deliver)
		})
	}
	return n, c.failed("write", err)
}

// WriteTo sends p to addr as one datagram. On a socket that has a peer it fails with
// net.ErrWriteToConnected.
func (c *PacketConn) WriteTo(p []byte, addr net.Addr) (int, error) {
	return c.WriteToContext(context.Background(), p, addr)
}

// WriteToContext is like WriteTo, but returns when ctx ends, with the error context.Cause.
func (c *PacketConn) WriteToContext(ctx context.Context, p []byte, addr net.Addr) (int, error) {
	n, _, err := c.sendTo(ctx, callSendTo, p, nil, addr)
	return n, err
}

// WriteToUDP is WriteTo with the address's own type.
func (c *PacketConn) WriteToUDP(p []byte, addr *net.UDPAddr) (int, error) {
	return c.WriteTo(p, addr)
}

// WriteToUnix is WriteTo with the address's own type.
func (c *PacketConn) WriteToUnix(p []byte, addr *net.UnixAddr) (int, error) {
	return c.WriteTo(p, addr)
}

// WriteToUDPAddrPort is WriteTo for udp, and allocates nothing.
func (c *PacketConn) WriteToUDPAddrPort(p []byte, addr netip.AddrPort) (int, error) {
	n, _, err := c.sendToAddrPort(callSendTo, p, nil, addr)
	return n, err
}

// WriteMsgUDP sends p as one datagram, with the ancillary data oob, to addr, or to the peer if addr
// is nil. See cmsg(3) for the form of oob.
func (c *PacketConn) WriteMsgUDP(p, oob []byte, addr *net.UDPAddr) (n, oobn int, err error) {
	if addr == nil {
		return c.sendToPeer(p, oob)
	}
	return c.sendTo(context.Background(), callSendMsg, p, oob, addr)
}

// WriteMsgUDPAddrPort is WriteMsgUDP with an address of package netip, and allocates nothing. An
// address that is not valid means the peer.
func (c *PacketConn) WriteMsgUDPAddrPort(p, oob []byte, addr netip.AddrPort) (n, oobn int, err error) {
	if !addr.IsValid() && c.remote != nil {
		return c.sendToPeer(p, oob)
	}
	return c.sendToAddrPort(callSendMsg, p, oob, addr)
}

// What package net calls the system calls in errors.
const (
	callRecvFrom = "recvfrom"
	callRecvMsg  = "recvmsg"
	callSendTo   = "sendto"
	callSendMsg  = "sendmsg"
)

func (c *PacketConn) sendToAddrPort(call string, p, oob []byte, addr netip.AddrPort) (n, oobn int, err error) {
	if c.d == nil {
		return 0, 0, syscall.EINVAL
	}
	e := c.envelopes.get()
	defer c.envelopes.put(e)
	err = net.ErrWriteToConnected
	if c.remote == nil {
		err = c.addressToIP(e, addr)
	}
	if err == nil {
		n, err = c.send(context.Background(), e, p, oob)
	}
	if err != nil {
		return n, 0, c.failedTo(call, udpAddrPort{addr}, err)
	}
	return n, len(oob), nil
}

// A udpAddrPort is an address in errors.
type udpAddrPort struct{ netip.AddrPort }

func (udpAddrPort) Network() string { return "udp" }

// WriteMsgUnix is WriteMsgUDP for unixgram. Descriptors in oob stay the caller's (SCM_RIGHTS of
// unix(7)).
func (c *PacketConn) WriteMsgUnix(p, oob []byte, addr *net.UnixAddr) (n, oobn int, err error) {
	if addr == nil {
		return c.sendToPeer(p, oob)
	}
	return c.sendTo(context.Background(), callSendMsg, p, oob, addr)
}

func (c *PacketConn) sendTo(ctx context.Context, call string, p, oob []byte, addr net.Addr) (n, oobn int, err error) {
	if c.d == nil {
		return 0, 0, syscall.EINVAL
	}
	e := c.envelopes.get()
	defer c.envelopes.put(e)
	if err = c.addressTo(e, addr); err == nil {
		n, err = c.send(ctx, e, p, oob)
	}
	if err != nil {
		return n, 0, c.failedTo(call, addr, err)
	}
	return n, len(oob), nil
}

// sendToPeer sends to the peer. A unix socket without one has the system say so.
func (c *PacketConn) sendToPeer(p, oob []byte) (n, oobn int, err error) {
	if c.d == nil {
		return 0, 0, syscall.EINVAL
	}
	if c.remote == nil && c.family != syscall.AF_UNIX {
		return 0, 0, c.failedTo("", nil, netname.ErrMissingAddress)
	}
	e := c.envelopes.get()
	defer c.envelopes.put(e)
	n, err = c.send(context.Background(), e, p, oob)
	if err != nil {
		return n, 0, c.failedTo(callSendMsg, nil, err)
	}
	return n, len(oob), nil
}
