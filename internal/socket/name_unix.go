//go:build unix

package socket

import (
	"net"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/netname"
	"github.com/awaitio/awaitio/internal/sockaddr"
)

// Shutdown ends one direction of a connection, or both: how is SHUT_RD, SHUT_WR
// or SHUT_RDWR.
func Shutdown(fd, how int) error {
	return os.NewSyscallError("shutdown", unix.Shutdown(fd, how))
}

// SendNothing sends no bytes, and does not wait. The error is the bare errno.
func SendNothing(fd int) error {
	for {
		_, err := unix.SendmsgN(fd, nil, nil, nil, unix.MSG_DONTWAIT)
		if err != unix.EINTR {
			return err
		}
	}
}

// Local is the address that fd is bound to.
func Local(fd int, network string) (net.Addr, error) {
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return nil, os.NewSyscallError("getsockname", err)
	}
	return named(network, sa), nil
}

// Peer is the address that fd is connected to. The error is ENOTCONN where it is
// not.
func Peer(fd int, network string) (net.Addr, error) {
	sa, err := unix.Getpeername(fd)
	if err != nil {
		return nil, os.NewSyscallError("getpeername", err)
	}
	return named(network, sa), nil
}

// named is sa as package net tells it; nil for the address of another kind.
func named(network string, sa unix.Sockaddr) net.Addr {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netname.Address(network, netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port)))
	case *unix.SockaddrInet6:
		ip := netip.AddrFrom16(sa.Addr).WithZone(sockaddr.Zone(sa.ZoneId))
		return netname.Address(network, netip.AddrPortFrom(ip, uint16(sa.Port)))
	case *unix.SockaddrUnix:
		if netname.IsUnix(network) {
			return &net.UnixAddr{Name: sa.Name, Net: network}
		}
	}
	return nil
}

// Family is AF_INET, AF_INET6 or AF_UNIX; zero for sockets of another kind.
func Family(fd int) (int, error) {
	sa, err := unix.Getsockname(fd)
	if err == unix.EAFNOSUPPORT {
		return 0, nil
	}
	if err != nil {
		return 0, os.NewSyscallError("getsockname", err)
	}
	switch sa.(type) {
	case *unix.SockaddrInet4:
		return unix.AF_INET, nil
	case *unix.SockaddrInet6:
		return unix.AF_INET6, nil
	case *unix.SockaddrUnix:
		return unix.AF_UNIX, nil
	}
	return 0, nil
}
