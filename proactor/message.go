package proactor

import (
	"net"
	"net/netip"

	"github.com/awaitio/awaitio/internal/backend"
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
