//go:build unix

package sim

import (
	"net"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/netname"
	"github.com/awaitio/awaitio/internal/sockaddr"
)

// An endpoint is a socket's address: an IP address and port, or a unix name. IPv4 is never
// in its mapped form, and zones are left out. The zero endpoint is none.
type endpoint struct {
	ip   netip.AddrPort
	name string
}

// endpointOf is what a raw address stands for.
func endpointOf(raw []byte) endpoint {
	if sockaddr.IsUnix(raw) {
		return endpoint{name: sockaddr.UnixName(raw)}
	}
	return endpointAt(sockaddr.AddrPort(raw))
}

func endpointAt(a netip.AddrPort) endpoint {
	if !a.IsValid() {
		return endpoint{}
	}
	return endpoint{ip: netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())}
}

// raw is e as a socket of a family tells it.
func (e endpoint) raw(family int) []byte {
	if family == unix.AF_UNIX {
		return rawAddress(&net.UnixAddr{Name: e.name, Net: "unix"})
	}
	if !e.ip.IsValid() {
		return nil
	}
	return sockaddr.AppendAddrPort(nil, e.ip, family == unix.AF_INET6)
}

// address is e as package net tells it in a network.
func (e endpoint) address(network string, family int) net.Addr {
	switch {
	case family == unix.AF_UNIX:
		return netname.UnixPeer(network, e.name)
	case !e.ip.IsValid() && family == unix.AF_INET6:
		return netname.Address(network, netip.AddrPortFrom(netip.IPv6Unspecified(), 0))
	case !e.ip.IsValid():
		return netname.Address(network, netip.AddrPortFrom(netip.IPv4Unspecified(), 0))
	case family == unix.AF_INET6 && e.ip.Addr().Is4():
		return netname.Address(network, netip.AddrPortFrom(netip.AddrFrom16(e.ip.Addr().As16()), e.ip.Port()))
	}
	return netname.Address(network, e.ip)
}

// none reports whether e is no address.
func (e endpoint) none() bool { return e.name == "" && !e.ip.IsValid() }

// String is the endpoint in words.
func (e endpoint) String() string {
	if e.ip.IsValid() {
		return e.ip.String()
	}
	return e.name
}

// rawAddress is a in the kernel's form. It is for addresses made here.
func rawAddress(a net.Addr) []byte {
	raw, err := sockaddr.Append(nil, a)
	if err != nil {
		panic(err)
	}
	return raw
}
