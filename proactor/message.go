package proactor

import (
	"net"
	"net/netip"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/sockaddr"
)

// A Message is what SendMsg gathers and RecvMsg scatters. From submission to
// callback it belongs to the proactor with all its buffers.
type Message struct {
	// Buffers are filled, or sent, in order. At most 1024.
	Buffers [][]byte

	// Control is the ancillary data to send, or room for what arrives (see
	// cmsg(3)).
	Control []byte

	// To is where SendMsg sends to: *net.UDPAddr, *net.UnixAddr or *net.TCPAddr;
	// nil on a connected socket.
	To net.Addr

	// ControlN is how many bytes of Control RecvMsg filled.
	ControlN int

	// Flags are the MSG_* flags RecvMsg got, such as MSG_TRUNC: the datagram was
	// larger than Buffers.
	Flags int

	from Peer
}

// From is the IP address and port a message was received from, and not valid
// where there is none.
func (m *Message) From() netip.AddrPort { return m.from.AddrPort() }

// FromUnix is the name of the unix socket a message was received from; "" for an
// unnamed one.
func (m *Message) FromUnix() string { return m.from.Unix() }

// buffersMax is the kernel's UIO_MAXIOV.
const buffersMax = 1024

// received takes over what a receive tells besides the bytes.
func (m *Message) received(b *backend.Message) {
	m.ControlN, m.Flags = b.ControlLen, b.Flags
	m.from.known(b.NameLen)
}

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
