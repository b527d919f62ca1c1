// Package socket is the plain system calls on sockets that never wait, and the
// turning of what they report into the addresses of package net.
//
// Errors are *os.SyscallError, as package net has them inside its *net.OpError.
// On systems that have no such sockets every call is errors.ErrUnsupported.
package socket

import (
	"net"
	"net/netip"
	"strconv"

	"github.com/awaitio/awaitio/internal/sockaddr"
)

// Address is the IP address a as package net has it for network: IPv4 in 4
// bytes, a zone by its name. It is nil where a is not valid, and for networks
// without IP addresses.
func Address(network string, a netip.AddrPort) net.Addr {
	if !a.IsValid() || len(network) < 3 {
		return nil
	}
	ip, port, zone := a.Addr().AsSlice(), int(a.Port()), ZoneName(a.Addr())
	switch network[:3] {
	case "tcp":
		return &net.TCPAddr{IP: ip, Port: port, Zone: zone}
	case "udp":
		return &net.UDPAddr{IP: ip, Port: port, Zone: zone}
	}
	return nil
}

// ZoneName is the zone of an address, an interface's name where it has one: the
// kernel tells numbers.
func ZoneName(a netip.Addr) string {
	scope := sockaddr.Scope(a)
	if scope == 0 {
		return a.Zone()
	}
	if name, ok := interfaces.name(int(scope)); ok {
		return name
	}
	return strconv.FormatUint(uint64(scope), 10)
}

// Scope is the number of a zone, which is an interface's name or number. It is
// zero for a zone that is not there: the kernel has the better answer then.
func Scope(zone string) uint32 {
	if zone == "" {
		return 0
	}
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(n)
	}
	index, _ := interfaces.index(zone)
	return uint32(index)
}

// IsUnix reports whether network is one of unix sockets.
func IsUnix(network string) bool {
	return network == "unix" || network == "unixgram" || network == "unixpacket"
}
