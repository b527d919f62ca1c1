package netname

import (
	"errors"
	"net"
	"net/netip"
)

// ErrMissingAddress is the error of a call that needs an address and has none, in the
// words of package net.
var ErrMissingAddress = errors.New("missing address")

// Address is the IP address a as package net has it for network: IPv4 in 4
// bytes, a zone by its name. It is nil where a is not valid, and for networks
// without IP addresses.
func Address(network string, a netip.AddrPort) net.Addr {
	if !a.IsValid() || len(network) < 3 {
		return nil
	}
	switch network[:3] {
	case "tcp":
		return &net.TCPAddr{IP: a.Addr().AsSlice(), Port: int(a.Port()), Zone: ZoneName(a.Addr())}
	case "udp":
		udp := UDPAddr(a)
		return &udp
	}
	return nil
}

// UDPAddr is the valid address a as package net has it for UDP. It returns no pointer,
// so that a caller may have a place for the address that is not on the heap.
func UDPAddr(a netip.AddrPort) net.UDPAddr {
	return net.UDPAddr{IP: a.Addr().AsSlice(), Port: int(a.Port()), Zone: ZoneName(a.Addr())}
}

// IPPort returns the IP address and the port of a. ok is false for an address that has
// none.
func IPPort(a net.Addr) (ip net.IP, port int, ok bool) {
	switch a := a.(type) {
	case *net.TCPAddr:
		if a != nil {
			return a.IP, a.Port, true
		}
	case *net.UDPAddr:
		if a != nil {
			return a.IP, a.Port, true
		}
	}
	return nil, 0, false
}

// IsIPv4 reports whether ip is an IPv4 address, in 4 bytes or mapped into 16.
func IsIPv4(ip net.IP) bool { return ip.To4() != nil }

// IsWildcard reports whether a stands for any address.
func IsWildcard(a net.Addr) bool {
	if u, ok := a.(*net.UnixAddr); ok {
		return u == nil || u.Name == ""
	}
	ip, _, ok := IPPort(a)
	return !ok || len(ip) == 0 || ip.IsUnspecified()
}

// IsMulticast reports whether a is the address of a multicast group.
func IsMulticast(a net.Addr) bool {
	u, ok := a.(*net.UDPAddr)
	return ok && u.IP.IsMulticast()
}

// SameIPPort reports whether a and b are one IP address and port.
func SameIPPort(a, b net.Addr) bool {
	from, fromPort, _ := IPPort(a)
	to, toPort, ok := IPPort(b)
	return ok && fromPort == toPort && from.Equal(to)
}

// OrNil returns a as an interface that is nil where the pointer a is.
func OrNil[T any, A interface {
	*T
	net.Addr
}](a A) net.Addr {
	if a == nil {
		return nil
	}
	return a
}

// Untyped returns a, or nil for a nil pointer to an address of datagrams: errors leave
// such an address out.
func Untyped(a net.Addr) net.Addr {
	switch a := a.(type) {
	case *net.UDPAddr:
		return OrNil(a)
	case *net.UnixAddr:
		return OrNil(a)
	}
	return a
}

// DialFrom is the address to bind before a connect from a, or nil where there is nothing
// to bind.
func DialFrom(a net.Addr) net.Addr {
	switch a := a.(type) {
	case *net.TCPAddr:
		return OrNil(a)
	case *net.UDPAddr:
		return OrNil(a)
	case *net.UnixAddr:
		if !IsWildcard(a) {
			return a
		}
	}
	return nil
}

// ListenAt is the address to bind for a. For a multicast group that is all addresses of
// its port: a group is joined, not bound.
func ListenAt(a net.Addr) net.Addr {
	if !IsMulticast(a) {
		return a
	}
	_, port, _ := IPPort(a)
	return &net.UDPAddr{Port: port}
}

// SocketName is what package net calls the file of a socket with these ends, either of
// which may be nil.
func SocketName(network string, local, remote net.Addr) string {
	name := network + ":"
	if local != nil {
		name += local.String()
	}
	name += "->"
	if remote != nil {
		name += remote.String()
	}
	return name
}
