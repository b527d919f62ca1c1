//go:build unix

package sim

import (
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// ports are who is bound to what on a boot.
type ports struct {
	at    map[portKey][]*socket    // the last bound last
	names map[abstractName]*socket // unix sockets with abstract names
	nodes map[uint64]*socket       // those with paths, by the number of their nodes
	holes map[endpoint]bool        // swallow connects, and never answer
	last  uint16                   // handed out last
	auto  int                      // names handed out
}

// A portKey is a port: streams and datagrams have their own.
type portKey struct {
	kind int
	port uint16
}

// An abstractName is an abstract name. Streams, packets and datagrams have their own.
type abstractName struct {
	kind int
	name string
}

// The ports that are handed out: net.ipv4.ip_local_port_range of Linux.
const (
	portFirst = 32768
	portLast  = 60999
)

// init makes the ports of a boot. The first port to be handed out is by chance, so that a
// host seldom has the same again after a restart.
func (p *ports) init(b *Boot) {
	p.at, p.holes = map[portKey][]*socket{}, map[endpoint]bool{}
	p.names, p.nodes = map[abstractName]*socket{}, map[uint64]*socket{}
	p.last = portFirst + uint16(b.w.draw(b.id, chancePort, 0)%(portLast-portFirst+1))
}

// bind is bind(2).
func (b *Boot) bind(s *socket, to endpoint) syscall.Errno {
	switch {
	case !s.local.none() || s.bound:
		return syscall.EINVAL
	case s.family == unix.AF_UNIX:
		return b.bindName(s, to.name)
	case s.speaksOnly6(to):
		return syscall.EINVAL
	case !s.suits(to):
		return syscall.EAFNOSUPPORT
	case !b.host.owns(to.ip.Addr()) && !to.ip.Addr().IsMulticast():
		return syscall.EADDRNOTAVAIL
	case to.ip.Port() == 0:
		return b.bindEphemeral(s, to.ip.Addr())
	}
	s.local = to
	if b.ports.taken(s) {
		s.local = endpoint{}
		return syscall.EADDRINUSE
	}
	b.ports.enter(s)
	return 0
}

// bindEphemeral binds s to a port that nobody has.
func (b *Boot) bindEphemeral(s *socket, ip netip.Addr) syscall.Errno {
	p := &b.ports
	for range portLast - portFirst + 1 {
		if p.last++; p.last > portLast || p.last < portFirst {
			p.last = portFirst
		}
		if len(p.at[portKey{s.kind, p.last}]) == 0 {
			s.local = endpoint{ip: netip.AddrPortFrom(ip, p.last)}
			p.enter(s)
			return 0
		}
	}
	return syscall.EADDRINUSE
}

// autobind gives s, which is to be connected to an address, a local one.
func (b *Boot) autobind(s *socket, to netip.Addr) syscall.Errno {
	from := b.host.source(to)
	switch {
	case s.family == unix.AF_UNIX:
	case s.local.none():
		return b.bindEphemeral(s, from)
	case s.local.ip.Addr().IsUnspecified():
		s.local.ip = netip.AddrPortFrom(from, s.local.ip.Port())
	}
	return 0
}

func (p *ports) enter(s *socket) {
	k := portKey{s.kind, s.local.ip.Port()}
	p.at[k] = append(p.at[k], s)
	s.bound = true
}

// leave ends what s is bound to.
func (p *ports) leave(s *socket) {
	if !s.bound {
		return
	}
	s.bound = false
	if s.family == unix.AF_UNIX {
		p.leaveName(s)
		return
	}
	k := portKey{s.kind, s.local.ip.Port()}
	left := p.at[k][:0]
	for _, t := range p.at[k] {
		if t != s {
			left = append(left, t)
		}
	}
	if p.at[k] = left; len(left) == 0 {
		delete(p.at, k)
	}
}

// taken reports whether another socket keeps s from its address: SO_REUSEADDR and
// SO_REUSEPORT as Linux has them, socket(7).
func (p *ports) taken(s *socket) bool {
	for _, t := range p.at[portKey{s.kind, s.local.ip.Port()}] {
		if t == s || !overlap(s, t) {
			continue
		}
		shared := s.options.reuseAddr && t.options.reuseAddr && !t.listening
		if !shared && !(s.options.reusePort && t.options.reusePort) {
			return true
		}
	}
	return false
}

// overlap reports whether two sockets of a port would get the same packets.
func overlap(s, t *socket) bool {
	a, b := s.local.ip.Addr(), t.local.ip.Addr()
	if !a.IsUnspecified() && !b.IsUnspecified() {
		return a == b
	}
	return s.versions()&t.versions() != 0
}

// The versions of IP.
const (
	version4 = 1 << iota
	version6
)

// versions are those that a bound socket gets packets of.
func (s *socket) versions() int {
	switch a := s.local.ip.Addr(); {
	case a.Is4():
		return version4
	case a.IsUnspecified() && !s.options.v6Only:
		return version4 | version6
	}
	return version6
}

// suits reports whether e is an address for s.
func (s *socket) suits(e endpoint) bool {
	switch {
	case s.family == unix.AF_UNIX:
		return !e.ip.IsValid()
	case !e.ip.IsValid():
		return false
	case s.family == unix.AF_INET:
		return e.ip.Addr().Is4()
	}
	return true
}

// speaksOnly6 reports whether s is for IPv6 alone and e is of IPv4.
func (s *socket) speaksOnly6(e endpoint) bool {
	return s.family == unix.AF_INET6 && s.options.v6Only && e.ip.IsValid() && e.ip.Addr().Is4()
}
