//go:build unix

package sim

import "net/netip"

// The ranks of a socket that a packet may be for: one that is connected to the sender comes
// first, then one that has the very address, then one of the address's own family.
const (
	rankConnected = 4
	rankAddress   = 2
	rankFamily    = 1
)

// find is the socket of a kind that a packet from an address to another is for; nil if
// there is none. Of sockets that share a port, each sender has one: SO_REUSEPORT.
func (p *ports) find(kind int, from, to netip.AddrPort) *socket {
	var best []*socket
	highest := -1
	for _, s := range p.at[portKey{kind, to.Port()}] {
		switch r := s.rank(from, to); {
		case r < 0 || r < highest:
		case r > highest:
			highest, best = r, append(best[:0], s)
		default:
			best = append(best, s)
		}
	}
	switch {
	case len(best) == 0:
		return nil
	case best[0].options.reusePort:
		return best[hashAddr(from)%uint64(len(best))]
	}
	return best[len(best)-1]
}

// rank is how well s suits a packet; negative if it is not for s.
func (s *socket) rank(from, to netip.AddrPort) (r int) {
	local := s.local.ip.Addr()
	switch {
	case s.isDatagram() == s.listening:
		return -1 // a stream that does not listen
	case !s.remote.none() && s.remote.ip != from:
		return -1
	case !s.remote.none():
		r += rankConnected
	}
	switch {
	case local == to.Addr():
		r += rankAddress
	case !local.IsUnspecified() || !s.takes(to.Addr()):
		return -1
	}
	if local.Is4() == to.Addr().Is4() {
		r += rankFamily
	}
	return r
}

// takes reports whether s, at the wildcard, gets packets to an address.
func (s *socket) takes(to netip.Addr) bool {
	if to.Is4() {
		return s.versions()&version4 != 0
	}
	return s.versions()&version6 != 0
}

func hashAddr(a netip.AddrPort) uint64 {
	b := a.Addr().As16()
	h := uint64(a.Port())
	for _, x := range b {
		h = mix(h, uint64(x))
	}
	return h
}

// owns reports whether h has an address, the wildcards and loopback among them.
func (h *Host) owns(ip netip.Addr) bool {
	return ip.IsUnspecified() || ip.IsLoopback() || ip.IsValid() && (ip == h.ip4 || ip == h.ip6)
}

// source is the address of h that packets to another come from.
func (h *Host) source(to netip.Addr) netip.Addr {
	own := h.addr(to)
	if to.IsLoopback() || to.IsUnspecified() || !own.IsValid() {
		return loopbackOf(to)
	}
	return own
}

// addr is h's address of the version that another has.
func (h *Host) addr(like netip.Addr) netip.Addr {
	if like.Is4() {
		return h.ip4
	}
	return h.ip6
}

// loopbackOf is the loopback address of the version that another has.
func loopbackOf(like netip.Addr) netip.Addr {
	if like.Is4() {
		return loopback4
	}
	return netip.IPv6Loopback()
}

var loopback4 = netip.AddrFrom4([4]byte{127, 0, 0, 1})
