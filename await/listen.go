package await

import (
	"context"
	"net"
	"syscall"
	"time"

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

// Listen listens on address, on the default IO: net.Listen with a *Listener,
// whose connections are *Conn. See ListenConfig.Listen.
func Listen(network, address string) (net.Listener, error) {
	return (&ListenConfig{}).Listen(context.Background(), network, address)
}

// ListenPacket takes datagrams at address, on the default IO: net.ListenPacket
// with a *PacketConn. See ListenConfig.ListenPacket.
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
	return generic[net.Listener](lc.ListenStreamContext(ctx, network, address))
}

// ListenPacket takes datagrams at address and returns a *PacketConn. Networks are
// udp (also udp4 and udp6) and unixgram; the rest is as with Listen. At a
// multicast address the socket has all addresses of the port, which others may
// have too; joining the group is up to the caller.
func (lc *ListenConfig) ListenPacket(ctx context.Context, network, address string) (net.PacketConn, error) {
	return generic[net.PacketConn](lc.ListenDatagramContext(ctx, network, address))
}

// A bound is a socket with an address, not yet taken over by anybody.
type bound struct {
	io    *IO
	fd    int
	kind  socketKind
	local net.Addr
}

// listener makes a Listener of l, unless there is an error.
func (lc *ListenConfig) listener(l *bound, network string, err error) (*Listener, error) {
	if err != nil {
		return nil, err
	}
	return newListener(l, network, lc, pathOf(l.local)), nil
}

// packetConn makes a PacketConn of l, unless there is an error.
func (l *bound) packetConn(network string, err error) (*PacketConn, error) {
	if err != nil {
		return nil, err
	}
	return newPacketConn(l.io, l.fd, l.kind.family, network, l.local, nil), nil
}

// listen makes a socket of either kind at an address that is looked up.
func (lc *ListenConfig) listen(ctx context.Context, network, address string, datagrams bool) (*bound, error) {
	var local net.Addr
	failed := func(err error) (*bound, error) {
		return nil, &net.OpError{Op: "listen", Net: network, Addr: local, Err: err}
	}
	if ctx == nil {
		return failed(errNilContext)
	}
	addrs, err := resolve(ctx, net.DefaultResolver, network, address)
	if err != nil {
		return failed(err)
	}
	local = preferred(addrs)
	if sendsDatagrams(network) != datagrams {
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
	if isTCP(network) && lc.MultipathTCP() && socket.MultipathAvailable() {
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
	l := &bound{io: io, kind: listenKind(network, local)}
	l.kind.multipath = multipath
	if l.fd, err = newSocket(l.kind); err != nil {
		return nil, err
	}
	if err := lc.bind(ctx, l, network, local, hook); err != nil {
		socket.Close(l.fd)
		return nil, err
	}
	return l, nil
}

// usable is io, or Default's if nil, unless it is closed.
func usable(io *IO) (*IO, error) {
	io, err := ioOrDefault(io)
	if err == nil {
		_, err = io.loops.first().engine()
	}
	return io, err
}

// bind has l listen at local.
func (lc *ListenConfig) bind(ctx context.Context, l *bound, network string, local net.Addr, hook controlHook) error {
	if err := lc.reuse(l, local); err != nil {
		return err
	}
	if err := hook.call(ctx, l.fd, controlNetwork(network, l.kind), local); err != nil {
		return err
	}
	if err := socket.Bind(l.fd, l.kind.family, bindable(l.kind, local)); err != nil {
		return err
	}
	if !l.kind.datagram() {
		if err := socket.Listen(l.fd, lc.Backlog); err != nil {
			return err
		}
	}
	var err error
	l.local, err = socket.Local(l.fd, network)
	return err
}

// reuse lets l have addresses that somebody had before, or has besides.
func (lc *ListenConfig) reuse(l *bound, local net.Addr) error {
	multicast := isMulticast(local)
	if multicast || !l.kind.datagram() {
		if err := socket.SetReuseAddr(l.fd); err != nil {
			return err
		}
	}
	if lc.ReusePort || multicast && multicastNeedsReusePort {
		return socket.SetReusePort(l.fd)
	}
	return nil
}

func isMulticast(a net.Addr) bool {
	u, ok := a.(*net.UDPAddr)
	return ok && u.IP.IsMulticast()
}

// bindable is local, but for multicast all addresses of its port: a group is
// joined, not bound.
func bindable(kind socketKind, local net.Addr) net.Addr {
	if !isMulticast(local) {
		return local
	}
	_, port, _ := ipOf(local)
	return &net.UDPAddr{Port: port}
}
