package await

import (
	"context"
	"net"
	"net/netip"
	"strings"

	"github.com/awaitio/awaitio/internal/socket"
)

// resolve is the addresses that address stands for in network, with a Resolver
// as package net does it: a unix path, or a host and a port. A host may be a name
// or a literal with a zone, and the local system if it is empty; a port may be a
// service's name.
func resolve(ctx context.Context, r *net.Resolver, network, address string) ([]net.Addr, error) {
	switch network {
	case "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6":
		return resolveInternet(ctx, r, network, address)
	case "unix", "unixgram", "unixpacket":
		return []net.Addr{&net.UnixAddr{Name: address, Net: network}}, nil
	}
	return nil, net.UnknownNetworkError(network)
}

func resolveInternet(ctx context.Context, r *net.Resolver, network, address string) ([]net.Addr, error) {
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
func lookup(ctx context.Context, r *net.Resolver, network, host string) ([]net.IPAddr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		ips := []net.IPAddr{{IP: ip.AsSlice(), Zone: ip.Zone()}}
		if ip == netip.IPv6Unspecified() {
			// Where IPv6 is half configured it can be bound and not dialed.
			ips = append(ips, net.IPAddr{IP: net.IPv4zero})
		}
		return ips, nil
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
		return isIPv4(ip)
	case '6':
		return len(ip) == net.IPv6len && !isIPv4(ip)
	}
	return true
}

func isIPv4(ip net.IP) bool { return ip.To4() != nil }

func internetAddr(network string, ip net.IPAddr, port int) net.Addr {
	if network[:3] == "tcp" {
		return &net.TCPAddr{IP: ip.IP, Port: port, Zone: ip.Zone}
	}
	return &net.UDPAddr{IP: ip.IP, Port: port, Zone: ip.Zone}
}

// ipOf is the address and port of a; ok is false for what has none.
func ipOf(a net.Addr) (ip net.IP, port int, ok bool) {
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

// isWildcard reports whether a is any address.
func isWildcard(a net.Addr) bool {
	if u, ok := a.(*net.UnixAddr); ok {
		return u == nil || u.Name == ""
	}
	ip, _, ok := ipOf(a)
	return !ok || len(ip) == 0 || ip.IsUnspecified()
}

// reachableFrom keeps those of addrs that a socket bound to local can reach.
func reachableFrom(local net.Addr, addrs []net.Addr) ([]net.Addr, error) {
	from, _, _ := ipOf(local)
	var kept []net.Addr
	for _, a := range addrs {
		if a.Network() != local.Network() {
			return nil, &net.AddrError{Err: "mismatched local address type", Addr: local.String()}
		}
		to, _, ok := ipOf(a)
		if !ok || isWildcard(local) || isWildcard(a) || isIPv4(from) == isIPv4(to) {
			kept = append(kept, a)
		}
	}
	if kept == nil {
		return nil, errNotSuitable(local.String())
	}
	return kept, nil
}

// partition splits addrs into those of the first one's kind and the others.
func partition(addrs []net.Addr) (primaries, fallbacks []net.Addr) {
	first, _, _ := ipOf(addrs[0])
	for _, a := range addrs {
		if ip, _, _ := ipOf(a); isIPv4(ip) == isIPv4(first) {
			primaries = append(primaries, a)
		} else {
			fallbacks = append(fallbacks, a)
		}
	}
	return primaries, fallbacks
}

// preferred is the address to listen on: an IPv4 one if there is one, which more
// peers can reach.
func preferred(addrs []net.Addr) net.Addr {
	for _, a := range addrs {
		if ip, _, ok := ipOf(a); ok && isIPv4(ip) {
			return a
		}
	}
	return addrs[0]
}

// controlNetwork is network as Control hooks are told it.
func controlNetwork(network string, kind socketKind) string {
	if socket.IsUnix(network) || strings.ContainsAny(network, "46") {
		return network
	}
	if kind.inet6() {
		return network + "6"
	}
	return network + "4"
}
