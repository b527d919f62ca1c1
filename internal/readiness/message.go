//go:build unix

package readiness

import (
	"net"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/sockaddr"
	"github.com/awaitio/awaitio/internal/vector"
)

func (f *flight) accept() (int, error) {
	r := f.req
	n, peer, err := accept(r.FD, int(r.Flags))
	if err == nil && len(r.Name) > 0 {
		r.NameLen = putName(r.Name, peer)
	}
	return n, err
}

func (f *flight) recvMsg() (int, error) {
	m := f.req.Msg
	buffers := vector.Head(after(m.Buffers, f.done), callMax)
	n, controlLen, flags, from, err := unix.RecvmsgBuffers(f.req.FD, buffers, m.Control, recvMsgFlags(f.req.Flags))
	if err != nil {
		return 0, err
	}
	closeOnExec(m.Control[:controlLen])
	if f.done == 0 {
		m.NameLen = putName(m.Name, from)
	}
	if f.done == 0 || controlLen > 0 {
		m.ControlLen, m.Flags = controlLen, flags
	}
	return n, nil
}

// carriesDescriptors reports whether there are descriptors among control.
func carriesDescriptors(control []byte) bool {
	if len(control) == 0 {
		return false
	}
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return true // cut short: there was something, and no more goes in
	}
	return slices.ContainsFunc(messages, func(m unix.SocketControlMessage) bool {
		return m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SCM_RIGHTS
	})
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

func (f *flight) sendMsg() (int, error) {
	m := f.req.Msg
	control := m.Control
	if f.done > 0 {
		control = nil // it went with the first part
	}
	buffers, flags := vector.Head(after(m.Buffers, f.done), callMax), sendFlags(f.req.FD, f.req.Flags)
	if sockaddr.IsUnix(m.Name) {
		return sendToUnix(f.req.FD, buffers, control, m.Name, flags)
	}
	return sendTo(f.req.FD, buffers, control, m.Name, flags)
}

// sendTo is sendmsg(2); no name is the peer's.
func sendTo(fd int, buffers [][]byte, control, name []byte, flags int) (int, error) {
	var to unix.Sockaddr
	if len(name) > 0 {
		var err error
		if to, err = fromRaw(name); err != nil {
			return 0, err
		}
	}
	n := 0
	err := sending(fd, func() (err error) {
		n, err = unix.SendmsgBuffers(fd, buffers, control, to, flags)
		return err
	})
	return max(n, 0), err
}

// after is buffers without their first n bytes, and without empty ones.
func after(buffers [][]byte, n int) [][]byte {
	rest := make([][]byte, 0, len(buffers))
	for _, b := range buffers {
		skip := min(n, len(b))
		if n -= skip; skip < len(b) {
			rest = append(rest, b[skip:])
		}
	}
	return rest
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
