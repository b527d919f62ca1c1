//go:build unix

package sim

import (
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"
)

// A group is a multicast group that a socket receives.
type group = netip.Addr

// joinGroup has s receive what is sent to a group.
func (b *Boot) joinGroup(s *socket, ip group) {
	if len(s.groups) == 0 {
		b.members = append(b.members, s)
	}
	s.groups = append(s.groups, ip)
}

func (b *Boot) leaveGroups(s *socket) {
	if len(s.groups) > 0 {
		b.members = slices.DeleteFunc(b.members, func(t *socket) bool { return t == s })
	}
}

// multicast sends a datagram to a group, on all hosts but the sender's own.
func (b *Boot) multicast(s *socket, from, to netip.AddrPort, data []byte) {
	for _, h := range b.w.hosts {
		if h == b.host || !h.boot.hears(to) {
			continue
		}
		p := b.w.way(b.host, h)
		s.packets++
		at, f := p.carry(s.id, s.packets, PacketDatagram, from, to, data)
		if f > spared {
			continue
		}
		d := datagram{append([]byte(nil), data...), endpoint{ip: from}}
		b.w.when(at, s.id, func() {
			if p.blocked() {
				return
			}
			for _, t := range h.boot.members {
				if t.receives(to) {
					b.w.arriveDatagram(t, d)
				}
			}
		})
	}
}

// hears reports whether anyone on the boot receives what is sent to a group.
func (b *Boot) hears(to netip.AddrPort) bool {
	return slices.ContainsFunc(b.members, func(s *socket) bool { return s.receives(to) })
}

func (s *socket) receives(to netip.AddrPort) bool {
	return s.kind == unix.SOCK_DGRAM && s.local.ip.Port() == to.Port() && slices.Contains(s.groups, to.Addr())
}
