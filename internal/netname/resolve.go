package netname

import (
	"context"
	"net"
	"net/netip"
	"strings"
)

// A Resolver looks names up: a *net.Resolver does, with its errors.
type Resolver interface {
	LookupPort(ctx context.Context, network, service string) (port int, err error)
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
	LookupIP(ctx context.Context, network, host string) ([]net.IP, error) // ip4 or ip6
}

// Resolve is the addresses that address stands for in network, with a Resolver
// as package net does it: a unix path, or a host and a port. A host may be a name
// or a literal with a zone, and the local system if it is empty; a port may be a
// service's name.
func Resolve(ctx context.Context, r Resolver, network, address string) ([]net.Addr, error) {
	switch network {
	case "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6":
		return resolveInternet(ctx, r, network, address)
	case "unix", "unixgram", "unixpacket":
		return []net.Addr{&net.UnixAddr{Name: address, Net: network}}, nil
	}
	return nil, net.UnknownNetworkError(network)
}

func resolveInternet(ctx context.Context, r Resolver, network, address string) ([]net.Addr, error) {
	if address == "" {
		return []net.Addr{internetAddr(network, net.IPAddr{}, 0)}, nil
	}
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := r.LookupPort(ctx, network, service)
	if err != nil {
		return nil, err
	}
	if host == "" {
		return []net.Addr{internetAddr(network, net.IPAddr{}, port)}, nil
	}
	ips, err := lookup(ctx, r, network, host)
	if err != nil {
		return nil, err
	}
	if len(ips) == 1 && ips[0].IP.Equal(net.IPv6unspecified) {
		// Where IPv6 is half configured it can be bound and not dialed.
		ips = append(ips, net.IPAddr{IP: net.IPv4zero})
	}
	var addrs []net.Addr
	for _, ip := range ips {
		if belongs(network, ip.IP) {
			addrs = append(addrs, internetAddr(network, ip, port))
		}
	}
	if addrs == nil {
		return nil, errNotSuitable(host)
	}
	return addrs, nil
}

// lookup is the addresses of host: a literal, or a name.
func lookup(ctx context.Context, r Resolver, network, host string) ([]net.IPAddr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []net.IPAddr{{IP: ip.AsSlice(), Zone: ip.Zone()}}, nil
	}
	version := strings.TrimLeft(network, "tcpud")
	if version == "" {
		return r.LookupIPAddr(ctx, host)
	}
	found, err := r.LookupIP(ctx, "ip"+version, host) // asks for nothing else
	if err != nil {
		return nil, err
	}
	ips := make([]net.IPAddr, len(found))
	for i, ip := range found {
		ips[i].IP = ip
	}
	return ips, nil
}

func errNotSuitable(address string) error {
	return &net.AddrError{Err: "no suitable address found", Addr: address}
}

// belongs reports whether network has addresses like ip.
func belongs(network string, ip net.IP) bool {
	switch network[len(network)-1] {
	case '4':
		return IsIPv4(ip)
	case '6':
		return len(ip) == net.IPv6len && !IsIPv4(ip)
	}
	return true
}

func internetAddr(network string, ip net.IPAddr, port int) net.Addr {
	if network[:3] == "tcp" {
		return &net.TCPAddr{IP: ip.IP, Port: port, Zone: ip.Zone}
	}
	return &net.UDPAddr{IP: ip.IP, Port: port, Zone: ip.Zone}
}

// ReachableFrom keeps the addresses of addrs that a socket bound to local can reach.
func ReachableFrom(local net.Addr, addrs []net.Addr) ([]net.Addr, error) {
	from, _, _ := IPPort(local)
	var kept []net.Addr
	for _, a := range addrs {
		if a.Network() != local.Network() {
			return nil, &net.AddrError{Err: "mismatched local address type", Addr: local.String()}
		}
		to, _, ok := IPPort(a)
		if !ok || IsWildcard(local) || IsWildcard(a) || IsIPv4(from) == IsIPv4(to) {
			kept = append(kept, a)
		}
	}
	if kept == nil {
		return nil, errNotSuitable(local.String())
	}
	return kept, nil
}

// Partition splits addrs into the addresses of the first one's version of IP and the
// others, as Happy Eyeballs (RFC 8305) tries them.
func Partition(addrs []net.Addr) (primaries, fallbacks []net.Addr) {
	first, _, _ := IPPort(addrs[0])
	for _, a := range addrs {
		if ip, _, _ := IPPort(a); IsIPv4(ip) == IsIPv4(first) {
			primaries = append(primaries, a)
		} else {
			fallbacks = append(fallbacks, a)
		}
	}
	return primaries, fallbacks
}

// Preferred is the address of addrs to listen on: an IPv4 one if there is one, which more
// peers can reach.
func Preferred(addrs []net.Addr) net.Addr {
	for _, a := range addrs {
		if ip, _, ok := IPPort(a); ok && IsIPv4(ip) {
			return a
		}
	}
	return addrs[0]
}
