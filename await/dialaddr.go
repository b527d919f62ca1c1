package await

import (
	"context"
	"net"
	"net/netip"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/netname"
)

// DialTCP connects to raddr, on the default IO: net.DialTCP with a *Conn. Networks
// are tcp, tcp4 and tcp6. With a nil laddr the system chooses the local address; a
// nil raddr is an error. Nothing is looked up, and one address is tried, for as
// long as the system does; see Dialer.DialTCP for a limit. Errors are those of
// Dialer.DialContext.
func DialTCP(network string, laddr, raddr *net.TCPAddr) (*Conn, error) {
	return (&Dialer{}).dialTCP(context.Background(), network, laddr, raddr)
}

// DialUDP makes a socket whose peer is raddr, on the default IO: net.DialUDP with a
// *PacketConn. Networks are udp, udp4 and udp6. With a nil laddr the system chooses
// the local address; a nil raddr is an error. It does not wait. Errors are those of
// Dialer.DialContext.
func DialUDP(network string, laddr, raddr *net.UDPAddr) (*PacketConn, error) {
	return (&Dialer{}).dialUDP(context.Background(), network, laddr, raddr)
}

// DialUnix connects to raddr, on the default IO: net.DialUnix with a *Conn.
// Networks are unix and unixpacket; for unixgram there is DialUnixgram. The local
// end has the name laddr, or none with nil. A connect to a listener whose backlog
// is full waits; see Dialer.DialUnix for a limit. Errors are those of
// Dialer.DialContext.
func DialUnix(network string, laddr, raddr *net.UnixAddr) (*Conn, error) {
	return (&Dialer{}).DialUnix(context.Background(), network, laddr, raddr)
}

// DialUnixgram makes a socket whose peer is raddr, on the default IO: net.DialUnix
// for the network unixgram, which is the only one, with a *PacketConn. The socket
// has the name laddr, or none with nil. Where raddr is nil and laddr is not, it has
// no peer, as one of ListenUnixgram. It does not wait. Errors are those of
// Dialer.DialContext.
func DialUnixgram(network string, laddr, raddr *net.UnixAddr) (*PacketConn, error) {
	return (&Dialer{}).DialUnixgram(context.Background(), network, laddr, raddr)
}

// DialTCP is the function DialTCP with d's options and limits, and with a context
// that can end it. d.LocalAddr, d.Resolver and d.FallbackDelay are not looked at.
// An laddr that is not valid is any address.
func (d *Dialer) DialTCP(ctx context.Context, network string, laddr, raddr netip.AddrPort) (*Conn, error) {
	return d.dialTCP(ctx, network, net.TCPAddrFromAddrPort(laddr), net.TCPAddrFromAddrPort(raddr))
}

// DialUDP is the function DialUDP with d's options and limits, and with a context
// that can end it. d.LocalAddr, d.Resolver and d.FallbackDelay are not looked at.
// An laddr that is not valid is any address.
func (d *Dialer) DialUDP(ctx context.Context, network string, laddr, raddr netip.AddrPort) (*PacketConn, error) {
	return d.dialUDP(ctx, network, net.UDPAddrFromAddrPort(laddr), net.UDPAddrFromAddrPort(raddr))
}

// DialUnix is the function DialUnix with d's options and limits, and with a context
// that can end it. d.LocalAddr is not looked at.
func (d *Dialer) DialUnix(ctx context.Context, network string, laddr, raddr *net.UnixAddr) (*Conn, error) {
	from, to := netname.OrNil(laddr), netname.OrNil(raddr)
	if !netname.IsUnixStream(network) {
		return nil, unknownNetwork("dial", network, from, to)
	}
	return concrete[*Conn](d.dialAddr(ctx, network, from, to))
}

// DialUnixgram is the function DialUnixgram with d's options and limits, and with a
// context that can end it. d.LocalAddr is not looked at.
func (d *Dialer) DialUnixgram(ctx context.Context, network string, laddr, raddr *net.UnixAddr) (*PacketConn, error) {
	from, to := netname.OrNil(laddr), netname.OrNil(raddr)
	if network != "unixgram" {
		return nil, unknownNetwork("dial", network, from, to)
	}
	return concrete[*PacketConn](d.dialAddr(ctx, network, from, to))
}

func (d *Dialer) dialTCP(ctx context.Context, network string, laddr, raddr *net.TCPAddr) (*Conn, error) {
	from, to := netname.OrNil(laddr), netname.OrNil(raddr)
	if !netname.IsTCP(network) {
		return nil, unknownNetwork("dial", network, from, to)
	}
	return concrete[*Conn](d.dialAddr(ctx, network, from, to))
}

func (d *Dialer) dialUDP(ctx context.Context, network string, laddr, raddr *net.UDPAddr) (*PacketConn, error) {
	from, to := netname.OrNil(laddr), netname.OrNil(raddr)
	if !netname.IsUDP(network) {
		return nil, unknownNetwork("dial", network, from, to)
	}
	return concrete[*PacketConn](d.dialAddr(ctx, network, from, to))
}

// dialAddr connects one address with another: nothing is looked up. Either may be
// nil.
func (d *Dialer) dialAddr(ctx context.Context, network string, local, remote net.Addr) (net.Conn, error) {
	failed := func(err error) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Source: local, Addr: remote, Err: err}
	}
	if ctx == nil {
		return failed(fdcall.ErrNilContext)
	}
	ctx, cancel := d.limit(ctx)
	defer cancel()
	io, err := usable(d.IO)
	if err != nil {
		return failed(err)
	}
	if err := io.loops.Admit(ctx); err != nil {
		return failed(err)
	}
	defer io.loops.EndAdmitted()
	ctx = fdcall.Admitted(ctx)
	own := *d
	own.LocalAddr = local
	a := &attempts{d: &own, io: io, network: network}
	conn, err := a.connectOrBind(ctx, remote)
	if err != nil {
		return failed(err)
	}
	return conn, nil
}

// connectOrBind is connect where there may be no remote address: a socket for
// datagrams with a name does without.
func (a *attempts) connectOrBind(ctx context.Context, remote net.Addr) (net.Conn, error) {
	u, unix := remote.(*net.UnixAddr)
	switch {
	case remote != nil && (!unix || !netname.IsWildcard(u)):
		return a.connect(ctx, remote)
	case a.network == "unixgram" && netname.DialFrom(a.d.LocalAddr) != nil:
		return a.bindOnly(ctx)
	}
	return nil, netname.ErrMissingAddress
}

// bindOnly makes a socket with a local address and no peer.
func (a *attempts) bindOnly(ctx context.Context) (net.Conn, error) {
	lc := &ListenConfig{IO: a.io}
	l, err := lc.open(ctx, a.network, netname.DialFrom(a.d.LocalAddr), a.d.control())
	if err != nil {
		return nil, err
	}
	return l.packetConn(a.network, nil)
}
