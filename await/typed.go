package await

import (
	"context"
	"net"

	"github.com/awaitio/awaitio/internal/netname"
)

// The forms of Dial and Listen that return the concrete types. Stream stands for
// what a Conn is: tcp, tcp4, tcp6, unix and unixpacket. Datagram stands for what a
// PacketConn is: udp, udp4, udp6 and unixgram.

// DialStream connects to address, on the default IO: Dial with the type *Conn.
// Networks are tcp, tcp4, tcp6, unix and unixpacket; any other is a
// net.UnknownNetworkError. Only the system ends a connect that waits; see
// DialStreamContext. Errors are those of Dialer.DialContext.
func DialStream(network, address string) (*Conn, error) {
	return (&Dialer{}).DialStream(context.Background(), network, address)
}

// DialStreamContext is like DialStream, but returns when ctx ends. ctx has no effect on the
// connection made.
func DialStreamContext(ctx context.Context, network, address string) (*Conn, error) {
	return (&Dialer{}).DialStream(ctx, network, address)
}

// DialDatagram makes a socket whose peer is address, on the default IO: Dial with
// the type *PacketConn. Networks are udp, udp4, udp6 and unixgram; any other is a
// net.UnknownNetworkError. It waits for the lookup of a name only, which
// Dialer.DialDatagram can end. Errors are those of Dialer.DialContext.
func DialDatagram(network, address string) (*PacketConn, error) {
	return (&Dialer{}).DialDatagram(context.Background(), network, address)
}

// ListenStream listens on address, on the default IO: Listen with the type
// *Listener. Networks are tcp, tcp4, tcp6, unix and unixpacket. It waits for the
// lookup of a name only, which ListenConfig.ListenStream can end. Errors are those of
// ListenConfig.Listen.
func ListenStream(network, address string) (*Listener, error) {
	return (&ListenConfig{}).ListenStream(context.Background(), network, address)
}

// ListenDatagram takes datagrams at address, on the default IO: ListenPacket with
// the type *PacketConn. Networks are udp, udp4, udp6 and unixgram. It waits for the
// lookup of a name only, which ListenConfig.ListenDatagram can end. Errors are those of
// ListenConfig.Listen.
func ListenDatagram(network, address string) (*PacketConn, error) {
	return (&ListenConfig{}).ListenDatagram(context.Background(), network, address)
}

// DialStream is the function DialStream on io.
func (io *IO) DialStream(network, address string) (*Conn, error) {
	return (&Dialer{IO: io}).DialStream(context.Background(), network, address)
}

// DialStreamContext is the function DialStreamContext on io.
func (io *IO) DialStreamContext(ctx context.Context, network, address string) (*Conn, error) {
	return (&Dialer{IO: io}).DialStream(ctx, network, address)
}

// DialDatagram is the function DialDatagram on io.
func (io *IO) DialDatagram(network, address string) (*PacketConn, error) {
	return (&Dialer{IO: io}).DialDatagram(context.Background(), network, address)
}

// ListenStream is the function ListenStream on io.
func (io *IO) ListenStream(network, address string) (*Listener, error) {
	return (&ListenConfig{IO: io}).ListenStream(context.Background(), network, address)
}

// ListenDatagram is the function ListenDatagram on io.
func (io *IO) ListenDatagram(network, address string) (*PacketConn, error) {
	return (&ListenConfig{IO: io}).ListenDatagram(context.Background(), network, address)
}

// DialStream is DialContext with the type *Conn. Networks are tcp, tcp4,
// tcp6, unix and unixpacket; any other is a net.UnknownNetworkError.
func (d *Dialer) DialStream(ctx context.Context, network, address string) (*Conn, error) {
	if !netname.IsStream(network) {
		return nil, unknownNetwork("dial", network, nil, nil)
	}
	return concrete[*Conn](d.DialContext(ctx, network, address))
}

// DialDatagram is DialContext with the type *PacketConn. Networks are udp,
// udp4, udp6 and unixgram; any other is a net.UnknownNetworkError.
func (d *Dialer) DialDatagram(ctx context.Context, network, address string) (*PacketConn, error) {
	if !netname.IsDatagram(network) {
		return nil, unknownNetwork("dial", network, nil, nil)
	}
	return concrete[*PacketConn](d.DialContext(ctx, network, address))
}

// ListenStream is Listen with the type *Listener.
func (lc *ListenConfig) ListenStream(ctx context.Context, network, address string) (*Listener, error) {
	l, err := lc.listen(ctx, network, address, false)
	return lc.listener(l, network, err)
}

// ListenDatagram is ListenPacket with the type *PacketConn.
func (lc *ListenConfig) ListenDatagram(ctx context.Context, network, address string) (*PacketConn, error) {
	l, err := lc.listen(ctx, network, address, true)
	return l.packetConn(network, err)
}

// concrete is c, unless there is an error, with its own type.
func concrete[C net.Conn](c net.Conn, err error) (C, error) {
	if err != nil {
		var none C
		return none, err
	}
	return c.(C), nil
}

// generic is c as an interface that is nil on an error.
func generic[I, C any](c C, err error) (I, error) {
	if err != nil {
		var none I
		return none, err
	}
	return any(c).(I), nil
}

// unknownNetwork is the error of a call that has no such network.
func unknownNetwork(op, network string, local, remote net.Addr) error {
	return &net.OpError{Op: op, Net: network, Source: local, Addr: remote, Err: net.UnknownNetworkError(network)}
}
