package await

import (
	"context"
	"net"
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/netname"
	"github.com/awaitio/awaitio/internal/socket"
)

// A ListenConfig makes listeners: a net.ListenConfig whose listeners are this
// package's. The zero value is that of Listen.
type ListenConfig struct {
	// IO carries the connections; nil is Default's.
	IO *IO

	// Control is called with a new socket before it is bound, if not nil; see
	// Dialer.Control.
	Control func(network, address string, c syscall.RawConn) error

	// KeepAlive is Dialer.KeepAlive for the connections accepted.
	KeepAlive time.Duration

	// KeepAliveConfig is Dialer.KeepAliveConfig for the connections accepted.
	KeepAliveConfig net.KeepAliveConfig

	// ReusePort lets several sockets have one address (SO_REUSEPORT). On Linux and
	// DragonFly BSD connections are spread over them; elsewhere the newest gets all.
	ReusePort bool

	// Backlog is how many connections wait to be accepted; zero is the system's
	// maximum.
	Backlog int

	multipath multipathChoice
}

// Listen listens on address, on the default IO. It is net.Listen, and returns a *Listener, whose
// connections are *Conn. See ListenConfig.Listen.
func Listen(network, address string) (net.Listener, error) {
	return (&ListenConfig{}).Listen(context.Background(), network, address)
}

// ListenPacket receives datagrams at address, on the default IO. It is net.ListenPacket, and
// returns a *PacketConn. See ListenConfig.ListenPacket.
func ListenPacket(network, address string) (net.PacketConn, error) {
	return (&ListenConfig{}).ListenPacket(context.Background(), network, address)
}

// Listen is the function Listen on io.
func (io *IO) Listen(network, address string) (net.Listener, error) {
	return (&ListenConfig{IO: io}).Listen(context.Background(), network, address)
}

// ListenPacket is the function ListenPacket on io.
func (io *IO) ListenPacket(network, address string) (net.PacketConn, error) {
	return (&ListenConfig{IO: io}).ListenPacket(context.Background(), network, address)
}

// Listen listens on address and returns a *Listener. Networks are tcp (also tcp4
// and tcp6), unix and unixpacket; addresses are as in net.Listen: with port 0 the
// system chooses one, and with an empty host or a wildcard it listens on all
// addresses, with "tcp" on those of IPv4 and IPv6.
//
// ctx ends the lookup of a host's name, if there is one, and nothing else. Errors
// are *net.OpError as package net's; errors.Is knows EADDRINUSE, EADDRNOTAVAIL,
// EACCES, ENOENT (unix) and net.ErrClosed (IO is closed).
func (lc *ListenConfig) Listen(ctx context.Context, network, address string) (net.Listener, error) {
	return generic[net.Listener](lc.ListenStream(ctx, network, address))
}

// ListenPacket takes datagrams at address and returns a *PacketConn. Networks are
// udp (also udp4 and udp6) and unixgram; the rest is as with Listen. At a
// multicast address the socket has all addresses of the port, which others may
// have too; joining the group is up to the caller.
func (lc *ListenConfig) ListenPacket(ctx context.Context, network, address string) (net.PacketConn, error) {
	return generic[net.PacketConn](lc.ListenDatagram(ctx, network, address))
}

// A bound is a socket with an address, not yet taken over by anybody.
type bound struct {
	io    *IO
	fd    int
	kind  netname.Kind
	local net.Addr
}

// listener makes a Listener of l, unless there is an error.
func (lc *ListenConfig) listener(l *bound, network string, err error) (*Listener, error) {
	if err != nil {
		return nil, err
	}
	return newListener(l, network, lc, netname.UnixPath(l.local)), nil
}

// packetConn makes a PacketConn of l, unless there is an error.
func (l *bound) packetConn(network string, err error) (*PacketConn, error) {
	if err != nil {
		return nil, err
	}
	return newPacketConn(l.io, l.fd, l.kind.Family, network, l.local, nil), nil
}

// listen makes a socket of either kind at an address that is looked up.
func (lc *ListenConfig) listen(ctx context.Context, network, address string, datagrams bool) (*bound, error) {
	var local net.Addr
	failed := func(err error) (*bound, error) {
		return nil, &net.OpError{Op: "listen", Net: network, Addr: local, Err: err}
	}
	if ctx == nil {
		return failed(fdcall.ErrNilContext)
	}
	addrs, err := netname.Resolve(ctx, systemOf(lc.IO).Resolver(nil), network, address)
	if err != nil {
		return failed(err)
	}
	local = netname.Preferred(addrs)
	if netname.IsDatagram(network) != datagrams {
		return failed(&net.AddrError{Err: "unexpected address type", Addr: address})
	}
	return lc.listenAt(ctx, network, local)
}

// listenAt makes a socket at local, which is of network's kind.
func (lc *ListenConfig) listenAt(ctx context.Context, network string, local net.Addr) (*bound, error) {
	l, err := lc.open(ctx, network, local, withoutContext(lc.Control))
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: network, Addr: local, Err: err}
	}
	return l, nil
}

// open makes a socket at local, for which hook is called. Where a Multipath TCP one
// cannot be made, whatever the reason, it makes one of plain TCP.
func (lc *ListenConfig) open(ctx context.Context, network string, local net.Addr, hook controlHook) (*bound, error) {
	if netname.IsTCP(network) && lc.MultipathTCP() && multipathAvailable(lc.IO) {
		if l, err := lc.openBy(ctx, network, local, hook, true); err == nil {
			return l, nil
		}
	}
	return lc.openBy(ctx, network, local, hook, false)
}

// openBy is open with Multipath TCP, or without.
func (lc *ListenConfig) openBy(ctx context.Context, network string, local net.Addr, hook controlHook, multipath bool) (*bound, error) {
	io, err := usable(lc.IO)
	if err != nil {
		return nil, err
	}
	on := io.loops.System
	l := &bound{io: io, kind: netname.ListenKind(network, local, func() bool { return on.Stack().Wildcard6() })}
	l.kind.Multipath = multipath
	if l.fd, err = on.Socket(l.kind); err != nil {
		return nil, err
	}
	if err := lc.bind(ctx, l, network, local, hook); err != nil {
		_ = on.Close(l.fd) // the error above is the one to tell
		return nil, err
	}
	return l, nil
}

// usable is io, or Default's if nil, unless it is closed.
func usable(io *IO) (*IO, error) {
	io, err := ioOrDefault(io)
	if err == nil {
		_, err = io.loops.First().Engine()
	}
	return io, err
}

// bind has l listen at local.
func (lc *ListenConfig) bind(ctx context.Context, l *bound, network string, local net.Addr, hook controlHook) error {
	on := l.io.loops.System
	if err := lc.reuse(l, local); err != nil {
		return err
	}
	if err := hook.call(ctx, l.fd, l.kind.ControlNetwork(network), local); err != nil {
		return err
	}
	if err := on.Bind(l.fd, l.kind.Family, netname.ListenAt(local)); err != nil {
		return err
	}
	if !l.kind.IsDatagram() {
		if err := on.Listen(l.fd, lc.Backlog); err != nil {
			return err
		}
	}
	var err error
	l.local, err = on.Getsockname(l.fd, network)
	return err
}

// reuse lets l have addresses that somebody had before, or has besides.
func (lc *ListenConfig) reuse(l *bound, local net.Addr) error {
	multicast := netname.IsMulticast(local)
	if multicast || !l.kind.IsDatagram() {
		if err := l.io.loops.System.SetReuseAddr(l.fd); err != nil {
			return err
		}
	}
	if lc.ReusePort || multicast && socket.MulticastNeedsReusePort {
		return l.io.loops.System.SetReusePort(l.fd)
	}
	return nil
}

// inheritOptions gives the listening socket l the options of accepted connections, where
// they inherit them. It reports whether they have them already: kernels before Linux 6.14
// lack some of those of Multipath TCP, and connections of a unix socket have none.
func (lc *ListenConfig) inheritOptions(l *bound) bool {
	return l.kind.IsUnix() ||
		socket.AcceptedInherits && l.io.loops.System.SetConnOptions(l.fd, lc.KeepAlive, lc.KeepAliveConfig) == nil
}
