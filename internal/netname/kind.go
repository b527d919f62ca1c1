package netname

import (
	"net"
	"strings"
	"syscall"
)

// A Kind has the arguments of socket(2), and the options that belong to them.
type Kind struct {
	Family, Type int  // AF_*, SOCK_*
	V6Only       bool // of an AF_INET6 socket
	Multipath    bool // Multipath TCP
}

// IsInet6 reports whether the socket's addresses are those of IPv6.
func (k Kind) IsInet6() bool { return k.Family == syscall.AF_INET6 }

// IsUnix reports whether it is a unix socket.
func (k Kind) IsUnix() bool { return k.Family == syscall.AF_UNIX }

// IsDatagram reports whether the socket is for datagrams.
func (k Kind) IsDatagram() bool { return k.Type == syscall.SOCK_DGRAM }

// WaitsBlocking reports whether a connect waits in blocking mode only: that is how one to
// a unix listener waits while the backlog is full.
func (k Kind) WaitsBlocking() bool { return k.IsUnix() && !k.IsDatagram() }

// DialKind is the socket that connects local, which may be nil, with remote.
func DialKind(network string, local, remote net.Addr) Kind {
	k := kindOf(network)
	if k.Family == 0 {
		k.Family = syscall.AF_INET
		if !fitsIPv4(remote) || local != nil && !fitsIPv4(local) {
			k.Family = syscall.AF_INET6
		}
	}
	return k
}

// ListenKind is the socket for local. Where network leaves the version of IP open, a
// wildcard gets an AF_INET6 socket if wildcard6 reports that it takes IPv4 too, or that
// the system has no IPv4.
func ListenKind(network string, local net.Addr, wildcard6 func() bool) Kind {
	k := kindOf(network)
	if k.Family != 0 {
		return k
	}
	k.Family = syscall.AF_INET
	if !fitsIPv4(local) || IsWildcard(local) && wildcard6() {
		k.Family = syscall.AF_INET6
	}
	return k
}

// kindOf is the kind by network alone. The family is zero where network leaves it open.
func kindOf(network string) Kind {
	switch network {
	case "unix":
		return Kind{Family: syscall.AF_UNIX, Type: syscall.SOCK_STREAM}
	case "unixgram":
		return Kind{Family: syscall.AF_UNIX, Type: syscall.SOCK_DGRAM}
	case "unixpacket":
		return Kind{Family: syscall.AF_UNIX, Type: syscall.SOCK_SEQPACKET}
	}
	k := Kind{Type: syscall.SOCK_STREAM}
	if network[:3] == "udp" {
		k.Type = syscall.SOCK_DGRAM
	}
	switch network[len(network)-1] {
	case '4':
		k.Family = syscall.AF_INET
	case '6':
		k.Family, k.V6Only = syscall.AF_INET6, true
	}
	return k
}

// fitsIPv4 reports whether a needs no more than IPv4: no address does not.
func fitsIPv4(a net.Addr) bool {
	ip, _, _ := IPPort(a)
	return len(ip) <= net.IPv4len || IsIPv4(ip)
}

// Network is the network of sockets of kind k; "" for a kind that package net lacks.
func (k Kind) Network() string {
	if !k.IsUnix() && k.Family != syscall.AF_INET && !k.IsInet6() {
		return ""
	}
	switch {
	case k.IsUnix() && k.Type == syscall.SOCK_STREAM:
		return "unix"
	case k.IsUnix() && k.Type == syscall.SOCK_DGRAM:
		return "unixgram"
	case k.IsUnix() && k.Type == syscall.SOCK_SEQPACKET:
		return "unixpacket"
	case k.Type == syscall.SOCK_STREAM:
		return "tcp"
	case k.Type == syscall.SOCK_DGRAM:
		return "udp"
	}
	return ""
}

// ControlNetwork is network as Control hooks get it for a socket of kind k: with the
// version of IP.
func (k Kind) ControlNetwork(network string) string {
	if IsUnix(network) || strings.ContainsAny(network, "46") {
		return network
	}
	if k.IsInet6() {
		return network + "6"
	}
	return network + "4"
}
