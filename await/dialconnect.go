package await

import (
	"context"
	"errors"
	"net"
	"syscall"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/netname"
	"github.com/awaitio/awaitio/internal/sockaddr"
)

// selfConnects is how often a TCP dial is made again when it came out at itself,
// or at no address that was free: the system's choice of a port is to blame.
const selfConnects = 2

// connect makes a connection with remote. Where a Multipath TCP one cannot be made,
// whatever the reason, it makes one of plain TCP.
func (a *attempts) connect(ctx context.Context, remote net.Addr) (net.Conn, error) {
	if netname.IsTCP(a.network) && a.d.MultipathTCP() && a.io.loops.System.MultipathAvailable() {
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
	_, port, _ := netname.IPPort(a.d.LocalAddr)
	return port == 0 && a.network[:3] == "tcp"
}

// isSelf reports whether both ends of a connection are one.
func isSelf(c net.Conn) bool {
	return c != nil && netname.SameIPPort(c.LocalAddr(), c.RemoteAddr())
}

// connectOnce makes a socket and connects it. One that fails is closed.
func (a *attempts) connectOnce(ctx context.Context, remote net.Addr, multipath bool) (net.Conn, error) {
	local := netname.DialFrom(a.d.LocalAddr)
	kind := netname.DialKind(a.network, local, remote)
	kind.Multipath = multipath
	fd, err := a.io.loops.System.Socket(kind)
	if err != nil {
		return nil, err
	}
	if err := a.prepare(ctx, fd, kind, local, remote); err != nil {
		_ = a.io.loops.CloseNow(fd) // the error above is the one to tell
		return nil, err
	}
	conn, err := a.finish(ctx, fd, kind, remote)
	if err != nil {
		_ = a.io.loops.CloseConn(fd)
		return nil, err
	}
	return conn, nil
}

// prepare is all that comes before the connect.
func (a *attempts) prepare(ctx context.Context, fd int, kind netname.Kind, local, remote net.Addr) error {
	if err := a.d.control().call(ctx, fd, kind.ControlNetwork(a.network), remote); err != nil {
		return err
	}
	if local == nil {
		return nil
	}
	return a.io.loops.System.Bind(fd, kind.Family, local)
}

// finish connects, and makes a connection of the socket.
func (a *attempts) finish(ctx context.Context, fd int, kind netname.Kind, remote net.Addr) (net.Conn, error) {
	target, err := connectable(kind, remote)
	if err != nil {
		return nil, err
	}
	if err := a.connectIn(ctx, fd, kind, target); err != nil {
		return nil, err
	}
	on := a.io.loops.System
	local, err := on.Getsockname(fd, a.network)
	if err != nil {
		return nil, err
	}
	peer, err := on.Getpeername(fd, a.network)
	if err != nil {
		peer = remote // it has left already
	}
	if kind.IsDatagram() {
		return newPacketConn(a.io, fd, kind.Family, a.network, local, peer), nil
	}
	if kind.Family != syscall.AF_UNIX {
		_ = on.SetConnOptions(fd, a.d.KeepAlive, a.d.KeepAliveConfig)
	}
	return newConn(a.io.loops, fd, kind.Family, a.network, local, peer), nil
}

// connectIn is connect(2) in the mode that suits kind. The socket is in
// non-blocking mode before and after it. To wait for room in the backlog of a unix
// listener takes blocking mode; most have room.
func (a *attempts) connectIn(ctx context.Context, fd int, kind netname.Kind, target net.Addr) error {
	err := a.io.Connect(ctx, fd, target)
	if !kind.WaitsBlocking() || !errors.Is(err, syscall.EAGAIN) {
		return connectError(ctx, err)
	}
	on := a.io.loops.System
	if err := on.SetNonblock(fd, false); err != nil {
		return err
	}
	if err := a.io.Connect(ctx, fd, target); err != nil {
		return connectError(ctx, err)
	}
	return on.SetNonblock(fd, true)
}

// connectable is remote in the form that the proactor takes: of the socket's
// family, and short enough.
func connectable(kind netname.Kind, remote net.Addr) (net.Addr, error) {
	to, ok, err := kind.ConnectTo(remote)
	switch {
	case err != nil:
		return nil, err
	case ok:
		return &sockaddr.Raw{Bytes: sockaddr.AppendAddrPort(nil, to, kind.IsInet6())}, nil
	}
	if u, ok := remote.(*net.UnixAddr); ok {
		if _, err := sockaddr.Append(nil, u); err != nil { // the name is too long
			return nil, netCause("connect", syscall.EINVAL)
		}
	}
	return remote, nil
}

// connectError is the cause of a failed connect as package net has it.
func connectError(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	err = fdcall.CauseOf(err)
	var ended *fdcall.CanceledError
	switch {
	case errors.As(err, &ended) && ctx.Err() != nil:
		return endOfDial(ctx)
	case err == fdcall.ErrDescriptorClosed:
		return net.ErrClosed
	}
	return netCause("connect", err)
}
