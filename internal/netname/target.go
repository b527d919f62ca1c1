package netname

import (
	"net"
	"net/netip"
	"os"
	"runtime"
	"syscall"
)

// ConnectTo is the IP address and port for connect(2) of a socket of kind k to a peer at
// remote, with the zone as the kernel knows it. ok is false where remote has no IP
// address.
func (k Kind) ConnectTo(remote net.Addr) (to netip.AddrPort, ok bool, err error) {
	ip, port, ok := IPPort(remote)
	if !ok {
		return to, false, nil
	}
	ip, err = k.dialIP(ip)
	if err != nil {
		return to, true, err
	}
	if port < 0 || port > portMax {
		return to, true, os.NewSyscallError("connect", syscall.EINVAL)
	}
	addr, _ := netip.AddrFromSlice(ip)
	if addr = addr.Unmap(); addr.Is6() {
		addr = addr.WithZone(zoneOf(remote))
	}
	return WithZoneNumber(netip.AddrPortFrom(addr, uint16(port))), true, nil
}

const portMax = 0xffff

func zoneOf(a net.Addr) string {
	switch a := a.(type) {
	case *net.TCPAddr:
		return a.Zone
	case *net.UDPAddr:
		return a.Zone
	}
	return ""
}

// dialIP is ip for a socket of kind k. OpenBSD cannot connect to the wildcard,
// which is this system everywhere else.
func (k Kind) dialIP(ip net.IP) (net.IP, error) {
	if runtime.GOOS == "openbsd" && (len(ip) == 0 || ip.IsUnspecified()) {
		ip = net.IPv4(127, 0, 0, 1)
		if k.IsInet6() {
			ip = net.IPv6loopback
		}
	}
	return InFamily(k.Family, ip)
}

// InFamily is ip in the form that sockets of family have: 4 bytes or 16. No address at
// all is the family's wildcard, and for IPv6 that of IPv4 is as well.
func InFamily(family int, ip net.IP) (net.IP, error) {
	switch {
	case len(ip) == 0 && family == syscall.AF_INET:
		ip = net.IPv4zero
	case len(ip) == 0 || family != syscall.AF_INET && ip.Equal(net.IPv4zero):
		ip = net.IPv6zero
	}
	if family == syscall.AF_INET {
		if ip4 := ip.To4(); ip4 != nil {
			return ip4, nil
		}
		return nil, errNotIPv4(ip.String())
	}
	if ip6 := ip.To16(); ip6 != nil {
		return ip6, nil
	}
	return nil, errNotIPv6(ip.String())
}

func errNotIPv4(address string) error {
	return &net.AddrError{Err: "non-IPv4 address", Addr: address}
}

func errNotIPv6(address string) error {
	return &net.AddrError{Err: "non-IPv6 address", Addr: address}
}

// UDPTarget is the IP address and port of a as SendTo takes it. For IPv6 the wildcard of
// IPv4 is that of IPv6, as in InFamily. portOK is false for a port that no datagram can be
// sent to; then the address has no meaning.
func UDPTarget(a *net.UDPAddr, v6 bool) (ap netip.AddrPort, portOK bool, err error) {
	ap = a.AddrPort()
	ip := ap.Addr()
	switch {
	case v6 && (len(a.IP) == 0 || ip.Unmap() == netip.IPv4Unspecified()):
		ap = netip.AddrPortFrom(netip.IPv6Unspecified(), ap.Port())
	case len(a.IP) == 0:
		ap = netip.AddrPortFrom(netip.IPv4Unspecified(), ap.Port())
	case v6 && !ip.IsValid():
		return ap, false, errNotIPv6(a.IP.String())
	case !v6 && !ip.Unmap().Is4():
		return ap, false, errNotIPv4(a.IP.String())
	}
	return ap, a.Port >= 0 && a.Port <= portMax, nil
}

// SendTo is ap for sendmsg(2) of a socket for IPv6, or else of one for IPv4, with the
// zone as the kernel knows it. Unlike a net.UDPAddr, 0.0.0.0 stays an address of IPv4.
func SendTo(ap netip.AddrPort, v6 bool) (netip.AddrPort, error) {
	switch ip := ap.Addr(); {
	case !ip.IsValid():
		return ap, ErrMissingAddress
	case !v6 && !ip.Unmap().Is4():
		return ap, errNotIPv4(ip.String())
	}
	return WithZoneNumber(ap), nil
}
