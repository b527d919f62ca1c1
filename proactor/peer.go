package proactor

import (
	"net/netip"

	"github.com/awaitio/awaitio/internal/sockaddr"
)

// A Peer is where a connection or a message comes from. The zero Peer is
// nobody. It may be copied while no operation is under way that fills it.
type Peer struct {
	raw    [sockaddr.Room]byte
	length int
}

// AddrPort is the IP address and port, and not valid where there is none. What
// comes from IPv4 to a socket of IPv6 has its IPv4 address.
func (a *Peer) AddrPort() netip.AddrPort {
	from := sockaddr.AddrPort(a.raw[:a.length])
	if from.Addr().Is4In6() {
		return netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	}
	return from
}

// Unix is the name of a unix socket; "" for an unnamed one, as most that connect
// are.
func (a *Peer) Unix() string { return sockaddr.UnixName(a.raw[:a.length]) }

// room clears the address and returns the buffer for the kernel's next one.
func (a *Peer) room() []byte {
	a.length = 0
	return a.raw[:]
}

// known takes in how much of the room is filled.
func (a *Peer) known(length int) { a.length = min(length, len(a.raw)) }
