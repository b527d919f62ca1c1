package await

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/sockaddr"
	"github.com/awaitio/awaitio/internal/socket"
)

// selfConnects is how often a TCP dial is made again when it came out at itself,
// or at no address that was free: the system's choice of a port is to blame.
const selfConnects = 2

// connect makes a connection with remote. Where a Multipath TCP one cannot be made,
// whatever the reason, it makes one of plain TCP.
func (a *attempts) connect(ctx context.Context, remote net.Addr) (net.Conn, error) {
	if isTCP(a.network) && a.d.MultipathTCP() && socket.MultipathAvailable() {
		if conn, err := a.connectBy(ctx, remote, true); err == nil {
			return conn, nil
		}
	}
	return a.connectBy(ctx, remote, false)
}

// connectBy is connect with Multipath TCP, or without.
func (a *attempts) connectBy(ctx context.Context, remote net.Addr, multipath bool) (net.Conn, error) {
	conn, err := a.connectOnce(ctx, remote, multipath)
	for range selfConnects {
		if !a.freePort() || !errors.Is(err, syscall.EADDRNOTAVAIL) && !isSelf(conn) {
			break
		}
		if conn != nil {
			_ = conn.Close()
		}
		conn, err = a.connectOnce(ctx, remote, multipath)
	}
	return conn, err
}

// freePort reports whether the system chooses the port of a TCP connection.
func (a *attempts) freePort() bool {
	_, port, _ := ipOf(a.d.LocalAddr)
	return port == 0 && a.network[:3] == "tcp"
}

// isSelf reports whether both ends of a connection are one.
func isSelf(c net.Conn) bool {
	if c == nil {
		return false
	}
	from, fromPort, _ := ipOf(c.LocalAddr())
	to, toPort, ok := ipOf(c.RemoteAddr())
	return ok && fromPort == toPort && from.Equal(to)
}

// connectOnce makes a socket and connects it. One that fails is closed.
func (a *attempts) connectOnce(ctx context.Context, remote net.Addr, multipath bool) (net.Conn, error) {
	local := a.localAddr()
	kind := dialKind(a.network, local, remote)
	kind.multipath = multipath
	fd, err := newSocket(kind)
	if err != nil {
		return nil, err
	}
	if err := a.prepare(ctx, fd, kind, local, remote); err != nil {
		socket.Close(fd)
		return nil, err
	}
	conn, err := a.finish(ctx, fd, kind, remote)
	if err != nil {
		_ = a.io.loops.closeConn(fd)
		return nil, err
	}
	return conn, nil
}

// localAddr is the address to bind: nil for none.
func (a *attempts) localAddr() net.Addr {
	switch l := a.d.LocalAddr.(type) {
	case *net.TCPAddr:
		if l != nil {
			return l
		}
	case *net.UDPAddr:
		if l != nil {
			return l
		}
	case *net.UnixAddr:
		if !isWildcard(l) {
			return l
		}
	}
	return nil
}

// connectsBlocking reports whether a connect is made in blocking mode. Only in that
// mode does a connect to a unix listener wait while the backlog is full.
func connectsBlocking(kind socketKind) bool {
	return kind.family == syscall.AF_UNIX && !kind.datagram()
}

// prepare is all that comes before the connect.
func (a *attempts) prepare(ctx context.Context, fd int, kind socketKind, local, remote net.Addr) error {
	if err := a.d.control().call(ctx, fd, controlNetwork(a.network, kind), remote); err != nil {
		return err
	}
	if local == nil {
		return nil
	}
	return socket.Bind(fd, kind.family, local)
}

// finish connects, and makes a connection of the socket.
func (a *attempts) finish(ctx context.Context, fd int, kind socketKind, remote net.Addr) (net.Conn, error) {
	target, err := connectable(kind, remote)
	if err != nil {
		return nil, err
	}
	if err := a.connectIn(ctx, fd, kind, target); err != nil {
		return nil, err
	}
	local, err := socket.Local(fd, a.network)
	if err != nil {
		return nil, err
	}
	peer, err := socket.Peer(fd, a.network)
	if err != nil {
		peer = remote // it has left already
	}
	if kind.datagram() {
		return newPacketConn(a.io, fd, kind.family, a.network, local, peer), nil
	}
	if kind.family != syscall.AF_UNIX {
		_ = connOptions(fd, a.d.KeepAlive, a.d.KeepAliveConfig)
	}
	return newConn(a.io.loops, fd, kind.family, a.network, local, peer), nil
}

// connectIn is connect(2) in the mode that suits kind. The socket is in
// non-blocking mode before and after it.
func (a *attempts) connectIn(ctx context.Context, fd int, kind socketKind, target net.Addr) error {
	if connectsBlocking(kind) {
		if err := socket.SetNonblock(fd, false); err != nil {
			return err
		}
	}
	if err := a.io.Connect(ctx, fd, target); err != nil {
		return connectError(ctx, err)
	}
	if connectsBlocking(kind) {
		return socket.SetNonblock(fd, true)
	}
	return nil
}

// connectable is remote in the form that the proactor takes: of the socket's
// family, and short enough.
func connectable(kind socketKind, remote net.Addr) (net.Addr, error) {
	if ip, port, ok := ipOf(remote); ok && kind.inet6() && isIPv4(ip) {
		to := netip.AddrPortFrom(netip.AddrFrom4([4]byte(ip.To4())), uint16(port))
		return &sockaddr.Raw{Bytes: sockaddr.AppendAddrPort(nil, to, true)}, nil
	}
	switch r := remote.(type) {
	case *net.TCPAddr:
		return connectableIP(kind, r.IP, r.Port, r.Zone)
	case *net.UDPAddr:
		return connectableIP(kind, r.IP, r.Port, r.Zone)
	case *net.UnixAddr:
		if _, err := sockaddr.Append(nil, r); err != nil { // the name is too long
			return nil, netCause("connect", syscall.EINVAL)
		}
	}
	return remote, nil
}

// connectableIP is an IP address in the kernel's form for the socket's family.
func connectableIP(kind socketKind, ip net.IP, port int, zone string) (net.Addr, error) {
	ip, err := dialIP(kind, ip)
	if err != nil {
		return nil, err
	}
	if port < 0 || port > 0xffff {
		return nil, netCause("connect", syscall.EINVAL)
	}
	addr, _ := netip.AddrFromSlice(ip)
	if addr.Is6() && !addr.Is4In6() {
		addr = addr.WithZone(zone)
	}
	ap := withZoneNumber(netip.AddrPortFrom(addr, uint16(port)))
	return &sockaddr.Raw{Bytes: sockaddr.AppendAddrPort(nil, ap, kind.inet6())}, nil
}

// dialIP is ip for a socket of kind. OpenBSD cannot connect to the wildcard,
// which is this system everywhere else.
func dialIP(kind socketKind, ip net.IP) (net.IP, error) {
	if runtime.GOOS == "openbsd" && (len(ip) == 0 || ip.IsUnspecified()) {
		ip = net.IPv4(127, 0, 0, 1)
		if kind.inet6() {
			ip = net.IPv6loopback
		}
	}
	return socket.InFamily(kind.family, ip)
}

// connectError is the cause of a failed connect as package net has it.
func connectError(ctx context.Context, err error) error {
	err = causeOf(err)
	var ended *canceledError
	switch {
	case errors.As(err, &ended) && ctx.Err() != nil:
		return endOfDial(ctx)
	case err == errDescriptorClosed:
		return net.ErrClosed
	}
	return netCause("connect", err)
}

// connOptions are those that package net gives every TCP connection. That they
// could not be set is no reason to have no connection; the error says so.
func connOptions(fd int, idle time.Duration, config net.KeepAliveConfig) error {
	err := socket.SetNoDelay(fd, true)
	if !config.Enable && idle >= 0 {
		config = net.KeepAliveConfig{Enable: true, Idle: idle}
	}
	if config.Enable {
		err = errors.Join(err, socket.SetKeepAliveConfig(fd, config))
	}
	return err
}
