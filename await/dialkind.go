package await

import (
	"net"
	"syscall"

	"github.com/awaitio/awaitio/internal/socket"
)

// A socketKind is what a socket is made as.
type socketKind struct {
	family, typ int
	v6only      bool // of an AF_INET6 socket
	multipath   bool // Multipath TCP
}

func (k socketKind) inet6() bool    { return k.family == syscall.AF_INET6 }
func (k socketKind) datagram() bool { return k.typ == syscall.SOCK_DGRAM }

// dialKind is the socket that connects local, which may be nil, with remote.
func dialKind(network string, local, remote net.Addr) socketKind {
	k := socketKindOf(network)
	if k.family == 0 {
		k.family = syscall.AF_INET
		if !isV4(remote) || local != nil && !isV4(local) {
			k.family = syscall.AF_INET6
		}
	}
	return k
}

// listenKind is the socket for local. Where network does not say which IP, a
// wildcard is both, if a socket can be.
func listenKind(network string, local net.Addr) socketKind {
	k := socketKindOf(network)
	if k.family != 0 {
		return k
	}
	k.family = syscall.AF_INET
	stack := socket.ProbeStack()
	both := isWildcard(local) && (stack.Mapped || !stack.V4)
	if both || !isV4(local) {
		k.family = syscall.AF_INET6
	}
	return k
}

// socketKindOf is what network alone tells. The family is zero where it does not.
func socketKindOf(network string) socketKind {
	switch network {
	case "unix":
		return socketKind{family: syscall.AF_UNIX, typ: syscall.SOCK_STREAM}
	case "unixgram":
		return socketKind{family: syscall.AF_UNIX, typ: syscall.SOCK_DGRAM}
	case "unixpacket":
		return socketKind{family: syscall.AF_UNIX, typ: syscall.SOCK_SEQPACKET}
	}
	k := socketKind{typ: syscall.SOCK_STREAM}
	if network[:3] == "udp" {
		k.typ = syscall.SOCK_DGRAM
	}
	switch network[len(network)-1] {
	case '4':
		k.family = syscall.AF_INET
	case '6':
		k.family, k.v6only = syscall.AF_INET6, true
	}
	return k
}

// isV4 reports whether a needs no more than IPv4: no address does not.
func isV4(a net.Addr) bool {
	ip, _, _ := ipOf(a)
	return len(ip) <= net.IPv4len || isIPv4(ip)
}

// newSocket makes a socket of kind k with the options that package net sets on
// every one. It is in non-blocking mode, as package net's sockets are: system
// calls of the user's own rely on that.
func newSocket(k socketKind) (int, error) {
	protocol := 0
	if k.multipath {
		protocol = socket.ProtocolMultipath
	}
	fd, err := socket.New(k.family, k.typ, protocol, true)
	if err != nil {
		return -1, err
	}
	if k.inet6() {
		_ = socket.SetV6Only(fd, k.v6only) // some systems know one value only
	}
	if k.datagram() && k.family != syscall.AF_UNIX {
		if err := socket.SetBroadcast(fd); err != nil {
			socket.Close(fd)
			return -1, err
		}
	}
	return fd, nil
}
