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

// From returns the IP address and port that a message was received from. It is not valid if there
// is none.
func (m *Message) From() netip.AddrPort { return m.from.AddrPort() }

// FromUnix returns the name of the unix socket that a message was received from, or "" for an
// unnamed one.
func (m *Message) FromUnix() string { return m.from.Unix() }

// buffersMax is the kernel's UIO_MAXIOV.
const buffersMax = 1024

// received takes over what a receive tells besides the bytes.
func (m *Message) received(b *backend.Message) {
	m.ControlN, m.Flags = b.ControlLen, b.Flags
	m.from.known(b.NameLen)
}

// A Peer is the address of the other end of a connection or a message. The zero Peer has no
// address. It may be copied while no operation that fills it is under way.
type Peer struct {
	raw    [sockaddr.Room]byte
	length int
}

// AddrPort returns the IP address and port. It is not valid if there is none. A peer that
// connects by IPv4 to a socket of IPv6 has its IPv4 address.
func (a *Peer) AddrPort() netip.AddrPort {
	from := sockaddr.AddrPort(a.raw[:a.length])
	if from.Addr().Is4In6() {
		return netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	}
	return from
}

// Unix returns the name of a unix socket, or "" for an unnamed one. Most clients are unnamed.
func (a *Peer) Unix() string { return sockaddr.UnixName(a.raw[:a.length]) }

// room clears the address and returns the buffer for the kernel's next one.
func (a *Peer) room() []byte {
	a.length = 0
	return a.raw[:]
}

// known takes in how much of the room is filled.
func (a *Peer) known(length int) { a.length = min(length, len(a.raw)) }
