//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package readiness

import (
	"net"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/sockaddr"
	"github.com/awaitio/awaitio/internal/vector"
	"github.com/awaitio/awaitio/internal/workers"
)

// recvMsg is recvmsg(2) into what is behind the first done bytes of buffers.
func recvMsg(fd int, buffers [][]byte, done int, control, name []byte, flags int) (received, error) {
	rest := vector.Head(after(buffers, done), workers.CallMax)
	n, controlLen, flags, from, err := unix.RecvmsgBuffers(fd, rest, control, flags)
	return received{n: n, control: controlLen, name: putName(name, from), flags: flags}, err
}

// sendMsg is sendmsg(2) of what is behind the first done bytes of buffers. No name is
// the peer's.
func sendMsg(fd int, buffers [][]byte, done int, control, name []byte, flags int) (int, error) {
	var to unix.Sockaddr
	if len(name) > 0 {
		var err error
		if to, err = fromRaw(name); err != nil {
			return 0, err
		}
	}
	n, rest := 0, vector.Head(after(buffers, done), workers.CallMax)
	err := sending(fd, func() (err error) {
		n, err = unix.SendmsgBuffers(fd, rest, control, to, flags)
		return err
	})
	return max(n, 0), err
}

// putName puts a raw address into room, as much as fits, and returns how much
// that is; 0 for none.
func putName(room []byte, a unix.Sockaddr) int {
	raw, err := sockaddr.Append(room[:0:len(room)], toAddr(a))
	if err != nil {
		return 0
	}
	return copy(room, raw)
}

// fromRaw is a raw address as package unix wants it.
func fromRaw(raw []byte) (unix.Sockaddr, error) {
	if a := sockaddr.AddrPort(raw); a.IsValid() {
		if a.Addr().Is4() {
			return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}, nil
		}
		return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16(), ZoneId: sockaddr.Scope(a.Addr())}, nil
	}
	if !sockaddr.IsUnix(raw) {
		return nil, unix.EAFNOSUPPORT
	}
	return &unix.SockaddrUnix{Name: sockaddr.UnixName(raw)}, nil
}

// toAddr is an address of package unix as package net has it; nil for none.
func toAddr(a unix.Sockaddr) net.Addr {
	switch a := a.(type) {
	case *unix.SockaddrInet4:
		return net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port)))
	case *unix.SockaddrInet6:
		u := net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.AddrFrom16(a.Addr), uint16(a.Port)))
		u.Zone = sockaddr.Zone(a.ZoneId)
		return u
	case *unix.SockaddrUnix:
		if a.Name == "@" {
			return &net.UnixAddr{} // package unix takes one without a name for one in the abstract namespace
		}
		return &net.UnixAddr{Name: a.Name}
	}
	return nil
}
