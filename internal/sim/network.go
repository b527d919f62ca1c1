//go:build unix

package sim

import (
	"net"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/sockaddr"
)

// network is who can be reached at which address.
type network struct {
	bound map[string]*socket
	holes map[string]bool // swallow what is sent there, and never answer
	port  int             // handed out last
}

const portFirst = 40000

func (n *network) init() {
	n.bound, n.holes, n.port = map[string]*socket{}, map[string]bool{}, portFirst
}

// key names what a raw address stands for; "" if it is none. Streams and
// datagrams have ports of their own.
func key(kind int, raw []byte) string {
	if name := sockaddr.UnixName(raw); name != "" {
		return strconv.Itoa(kind) + " " + name
	}
	a := sockaddr.AddrPort(raw)
	if !a.IsValid() {
		return ""
	}
	return strconv.Itoa(kind) + " " + a.String()
}

// loopback is an address nobody has.
func (n *network) loopback() (net.IP, int) {
	n.port++
	return net.IPv4(127, 0, 0, 1), n.port
}

// bind gives s an address of its own, if it has none.
func (b *Boot) bind(s *socket) {
	if s.local != nil || s.family == unix.AF_UNIX {
		return
	}
	ip, port := b.network.loopback()
	if s.family == unix.AF_INET6 {
		ip = net.IPv6loopback
	}
	s.local = rawAddress(&net.TCPAddr{IP: ip, Port: port})
	b.network.bound[key(s.kind, s.local)] = s
}

func (b *Boot) unbind(s *socket) {
	if k := key(s.kind, s.local); k != "" && b.network.bound[k] == s {
		delete(b.network.bound, k)
	}
}

// familyMatches reports whether raw is an address for s.
func (s *socket) familyMatches(raw []byte) bool {
	a := sockaddr.AddrPort(raw)
	switch s.family {
	case unix.AF_INET:
		return a.Addr().Is4()
	case unix.AF_INET6:
		return a.Addr().Is6()
	}
	return !a.IsValid()
}

// Blackhole returns an address at which nothing answers: connects there never
// end by themselves.
func (w *World) Blackhole() *net.TCPAddr {
	w.enter()
	defer w.leave()
	b := w.here()
	ip, port := b.network.loopback()
	a := &net.TCPAddr{IP: ip, Port: port}
	b.network.holes[key(unix.SOCK_STREAM, rawAddress(a))] = true
	return a
}

// Nobody returns an address that refuses connections.
func (w *World) Nobody() *net.TCPAddr {
	w.enter()
	defer w.leave()
	b := w.here()
	ip, port := b.network.loopback()
	return &net.TCPAddr{IP: ip, Port: port}
}
