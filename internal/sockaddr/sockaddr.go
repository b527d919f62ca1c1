// Package sockaddr turns Go's addresses into the kernel's raw form and back.
package sockaddr

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strconv"
)

// Room is enough for every address this package knows (struct sockaddr_storage).
const Room = 128

const (
	inetLen  = 16 // struct sockaddr_in
	inet6Len = 28 // struct sockaddr_in6
)

// Append appends the raw form of a to dst, which should have Room to spare.
//
// An IP address in 4-byte or v4-mapped form becomes AF_INET, any other AF_INET6.
// A unix address whose name begins with '@' or a NUL is in Linux's abstract namespace,
// as in package net. The error says what is wrong with a.
func Append(dst []byte, a net.Addr) ([]byte, error) {
	switch a := a.(type) {
	case *net.TCPAddr:
		if a != nil {
			return appendIP(dst, a.IP, a.Port, a.Zone)
		}
	case *net.UDPAddr:
		if a != nil {
			return appendIP(dst, a.IP, a.Port, a.Zone)
		}
	case *net.UnixAddr:
		if a != nil {
			return appendUnix(dst, a.Name)
		}
	case *Raw:
		if a != nil {
			return append(dst, a.Bytes...), nil
		}
	case nil:
	default:
		return dst, fmt.Errorf("address of type %T: want *net.TCPAddr, *net.UDPAddr or *net.UnixAddr", a)
	}
	return dst, fmt.Errorf("nil address")
}

// A Raw is an address in the kernel's form already.
type Raw struct{ Bytes []byte }

// Network is "raw".
func (a *Raw) Network() string { return "raw" }

// String is the address in words.
func (a *Raw) String() string {
	if IsUnix(a.Bytes) {
		return UnixName(a.Bytes)
	}
	return AddrPort(a.Bytes).String()
}

// AppendAddrPort appends the raw form of ap to dst, for a socket of IPv6 if so
// said: there, an IPv4 address is a v4-mapped one.
func AppendAddrPort(dst []byte, ap netip.AddrPort, v6 bool) []byte {
	if ip := ap.Addr(); !v6 {
		ip4 := ip.Unmap().As4()
		dst = appendFamily(dst, familyInet, inetLen)
		dst = binary.BigEndian.AppendUint16(dst, ap.Port())
		dst = append(dst, ip4[:]...)
		return append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
	}
	ip16 := ap.Addr().As16()
	dst = appendFamily(dst, familyInet6, inet6Len)
	dst = binary.BigEndian.AppendUint16(dst, ap.Port())
	dst = append(dst, 0, 0, 0, 0) // flow label
	dst = append(dst, ip16[:]...)
	return binary.NativeEndian.AppendUint32(dst, Scope(ap.Addr()))
}

func appendIP(dst []byte, ip net.IP, port int, zone string) ([]byte, error) {
	if port < 0 || port > 0xffff {
		return dst, fmt.Errorf("port %d: want 0 to 65535", port)
	}
	if len(ip) == 0 {
		ip = net.IPv4zero
	}
	if ip4 := ip.To4(); ip4 != nil {
		dst = appendFamily(dst, familyInet, inetLen)
		dst = binary.BigEndian.AppendUint16(dst, uint16(port))
		dst = append(dst, ip4...)
		return append(dst, make([]byte, 8)...), nil
	}
	if len(ip) != net.IPv6len {
		return dst, fmt.Errorf("IP address of %d bytes: want 4 or 16", len(ip))
	}
	scope, err := scopeID(zone)
	if err != nil {
		return dst, err
	}
	dst = appendFamily(dst, familyInet6, inet6Len)
	dst = binary.BigEndian.AppendUint16(dst, uint16(port))
	dst = append(dst, 0, 0, 0, 0) // flow label
	dst = append(dst, ip...)
	return binary.NativeEndian.AppendUint32(dst, scope), nil
}

func appendUnix(dst []byte, name string) ([]byte, error) {
	abstract := abstractNames && len(name) > 0 && (name[0] == '@' || name[0] == 0)
	longest := unixPathMax
	if !abstract {
		longest-- // for the NUL
	}
	if len(name) > longest {
		return dst, fmt.Errorf("unix socket name of %d bytes: at most %d fit", len(name), longest)
	}
	size := 2 + len(name)
	if !abstract && name != "" {
		size++ // the NUL counts for paths, not for abstract names
	}
	dst = appendFamily(dst, familyUnix, size)
	at := len(dst)
	dst = append(dst, name...)
	if abstract {
		dst[at] = 0
	} else if name != "" {
		dst = append(dst, 0)
	}
	return dst, nil
}

// scopeID resolves a zone, an interface's name or number.
func scopeID(zone string) (uint32, error) {
	if zone == "" {
		return 0, nil
	}
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(n), nil
	}
	i, err := net.InterfaceByName(zone)
	if err != nil {
		return 0, fmt.Errorf("IPv6 zone %q: %w", zone, err)
	}
	return uint32(i.Index), nil
}

// AddrPort reads an IP address from its raw form, with the zone as a number. It
// is not valid for any other kind of address. It allocates for zones only.
func AddrPort(raw []byte) netip.AddrPort {
	if len(raw) < 2 {
		return netip.AddrPort{}
	}
	switch family := familyOf(raw); {
	case family == familyInet && len(raw) >= inetLen:
		ip := netip.AddrFrom4([4]byte(raw[4:8]))
		return netip.AddrPortFrom(ip, binary.BigEndian.Uint16(raw[2:]))
	case family == familyInet6 && len(raw) >= inet6Len:
		ip := netip.AddrFrom16([16]byte(raw[8:24]))
		if zone := Zone(binary.NativeEndian.Uint32(raw[24:])); zone != "" {
			ip = ip.WithZone(zone)
		}
		return netip.AddrPortFrom(ip, binary.BigEndian.Uint16(raw[2:]))
	}
	return netip.AddrPort{}
}

// UnixName reads a unix socket's name from its raw form; "" for an unnamed
// socket or another kind of address.
func UnixName(raw []byte) string {
	if len(raw) <= 2 || familyOf(raw) != familyUnix {
		return ""
	}
	name := raw[2:]
	if abstractNames && name[0] == 0 {
		return "@" + string(name[1:])
	}
	for i, b := range name {
		if b == 0 {
			name = name[:i]
			break
		}
	}
	return string(name)
}

// IsUnix reports whether raw is the address of a unix socket.
func IsUnix(raw []byte) bool { return len(raw) >= 2 && familyOf(raw) == familyUnix }

// Zone is the number of an IPv6 zone as its name; "" for none.
func Zone(scope uint32) string {
	if scope == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(scope), 10)
}

// Scope is the number of an address's zone.
func Scope(a netip.Addr) uint32 {
	if a.Zone() == "" {
		return 0 // the error of ParseUint would be allocated
	}
	n, err := strconv.ParseUint(a.Zone(), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}
