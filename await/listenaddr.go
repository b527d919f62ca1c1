package await

import (
	"context"
	"net"

	"github.com/awaitio/awaitio/internal/netname"
)

// ListenTCP listens on laddr, on the default IO: net.ListenTCP with a *Listener.
// Networks are tcp, tcp4 and tcp6. A nil laddr is all addresses and a port that the
// system chooses. It does not wait. Errors are those of ListenConfig.Listen.
func ListenTCP(network string, laddr *net.TCPAddr) (*Listener, error) {
	if !netname.IsTCP(network) {
		return nil, unknownNetwork("listen", network, nil, netname.OrNil(laddr))
	}
	if laddr == nil {
		laddr = &net.TCPAddr{}
	}
	return listenStreamAt(network, laddr)
}

// ListenUnix listens on laddr, on the default IO: net.ListenUnix with a *Listener.
// Networks are unix and unixpacket; a nil laddr is an error. It does not wait.
// Errors are those of ListenConfig.Listen.
func ListenUnix(network string, laddr *net.UnixAddr) (*Listener, error) {
	switch {
	case !netname.IsUnixStream(network):
		return nil, unknownNetwork("listen", network, nil, netname.OrNil(laddr))
	case laddr == nil:
		return nil, &net.OpError{Op: "listen", Net: network, Err: netname.ErrMissingAddress}
	}
	return listenStreamAt(network, laddr)
}

// ListenUDP takes datagrams at laddr, on the default IO: net.ListenUDP with a
// *PacketConn. Networks are udp, udp4 and udp6. A nil laddr is all addresses and a
// port that the system chooses. It does not wait. Errors are those of
// ListenConfig.Listen.
func ListenUDP(network string, laddr *net.UDPAddr) (*PacketConn, error) {
	if !netname.IsUDP(network) {
		return nil, unknownNetwork("listen", network, nil, netname.OrNil(laddr))
	}
	if laddr == nil {
		laddr = &net.UDPAddr{}
	}
	return listenDatagramAt(network, laddr)
}

// ListenUnixgram takes datagrams at laddr, on the default IO: net.ListenUnixgram
// with a *PacketConn. The network is unixgram; a nil laddr is an error. It does not
// wait, and Close leaves the path in the file system. Errors are those of
// ListenConfig.Listen.
func ListenUnixgram(network string, laddr *net.UnixAddr) (*PacketConn, error) {
	switch {
	case network != "unixgram":
		return nil, unknownNetwork("listen", network, nil, netname.OrNil(laddr))
	case laddr == nil:
		return nil, &net.OpError{Op: "listen", Net: network, Err: netname.ErrMissingAddress}
	}
	return listenDatagramAt(network, laddr)
}

// ListenMulticastUDP takes the datagrams that are sent to the group gaddr, on the
// default IO: net.ListenMulticastUDP with a *PacketConn. Networks are udp, udp4 and
// udp6. ifi is the interface on which it joins the group, and from which it sends
// to groups; nil lets the system choose. It does not wait.
//
// The socket has all addresses of gaddr's port, which others may have too. What it
// sends to a group does not come back to this host. Package golang.org/x/net/ipv4
// (or ipv6) joins further groups, leaves them, and sets all options: its
// NewPacketConn takes a *PacketConn.
//
// Errors are those of ListenConfig.Listen; errors.Is also knows EINVAL (gaddr is no
// group) and ENODEV (no interface has a route to it).
func ListenMulticastUDP(network string, ifi *net.Interface, gaddr *net.UDPAddr) (*PacketConn, error) {
	switch {
	case !netname.IsUDP(network):
		return nil, unknownNetwork("listen", network, nil, netname.OrNil(gaddr))
	case gaddr == nil || gaddr.IP == nil:
		return nil, &net.OpError{Op: "listen", Net: network, Addr: netname.OrNil(gaddr), Err: netname.ErrMissingAddress}
	}
	l, err := (&ListenConfig{}).listenAt(context.Background(), network, gaddr)
	if err != nil {
		return nil, err
	}
	if err := l.io.loops.System.ReceiveGroup(l.fd, ifi, gaddr.IP); err != nil {
		_ = l.io.loops.CloseNow(l.fd) // the error above is the one to tell
		return nil, &net.OpError{Op: "listen", Net: network, Addr: gaddr, Err: err}
	}
	return l.packetConn(network, nil)
}

func listenStreamAt(network string, local net.Addr) (*Listener, error) {
	lc := &ListenConfig{}
	l, err := lc.listenAt(context.Background(), network, local)
	return lc.listener(l, network, err)
}

func listenDatagramAt(network string, local net.Addr) (*PacketConn, error) {
	l, err := (&ListenConfig{}).listenAt(context.Background(), network, local)
	return l.packetConn(network, err)
}
