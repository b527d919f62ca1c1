//go:build unix

package sim

import (
	"bytes"
	"net"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

type datagram struct {
	data []byte
	from endpoint
}

// What fits into UDP over each version of IP.
const (
	datagramMax  = 65507
	datagramMax6 = 65527
)

// connectDatagram is connect(2) of a datagram socket: whom it sends to and hears.
func (b *Boot) connectDatagram(s *socket, to endpoint) (int, bool) {
	if s.family == unix.AF_UNIX {
		t, errno := b.named(s.kind, to.name)
		if errno != 0 {
			return fail(errno)
		}
		s.twin, s.remote = t, to
		return done(0)
	}
	if to.ip.Addr().IsUnspecified() {
		to.ip = netip.AddrPortFrom(loopbackOf(to.ip.Addr()), to.ip.Port())
	}
	if b.w.hostAt(b.host, to.ip.Addr()) == nil && b.unreachable(to.ip.Addr()) {
		return fail(syscall.ENETUNREACH)
	}
	if errno := b.autobind(s, to.ip.Addr()); errno != 0 {
		return fail(syscall.EAGAIN) // what udp(7) answers without a port
	}
	s.remote = to
	return done(0)
}

// hostAt is the host that packets from another to an address reach; nil for none.
func (w *World) hostAt(from *Host, ip netip.Addr) *Host {
	if from.owns(ip) {
		return from
	}
	return w.byAddr[ip]
}

// unreachable reports whether an address is of no network that the host is on.
func (b *Boot) unreachable(ip netip.Addr) bool {
	if ip.IsMulticast() {
		return false
	}
	return !b.host.ip4.IsValid() || !network4.Contains(ip) && !network6.Contains(ip)
}

// sendDatagram sends one datagram. What becomes of it, the sender is not told.
func (b *Boot) sendDatagram(f *flight, s *socket) (int, bool) {
	to := s.remote
	if f.req.Msg != nil && len(f.req.Msg.Name) > 0 {
		to = endpointOf(f.req.Msg.Name)
	}
	data := f.payload()
	switch {
	case s.pending != 0:
		return s.fail()
	case s.mute:
		return fail(syscall.EPIPE)
	case to.none() && s.twin == nil && s.family == unix.AF_UNIX:
		return fail(syscall.ENOTCONN)
	case to.none() && s.twin == nil:
		return fail(syscall.EDESTADDRREQ)
	case s.speaksOnly6(to):
		return fail(syscall.ENETUNREACH)
	case !s.suits(to):
		return fail(syscall.EAFNOSUPPORT)
	case s.family == unix.AF_UNIX:
		return b.sendUnix(f, s, to, data)
	case len(data) > datagramMax && (to.ip.Addr().Is4() || len(data) > datagramMax6):
		return fail(syscall.EMSGSIZE)
	case to.ip.Port() == 0:
		return fail(syscall.EINVAL)
	}
	return b.sendUDP(s, to, data)
}

// sendUDP sends a datagram over the network.
func (b *Boot) sendUDP(s *socket, to endpoint, data []byte) (int, bool) {
	if s.local.none() {
		wildcard := netip.IPv4Unspecified()
		if s.family == unix.AF_INET6 {
			wildcard = netip.IPv6Unspecified()
		}
		if errno := b.bindEphemeral(s, wildcard); errno != 0 {
			return fail(syscall.EAGAIN)
		}
	}
	if to.ip.Addr().IsUnspecified() {
		to.ip = netip.AddrPortFrom(loopbackOf(to.ip.Addr()), to.ip.Port())
	}
	from := s.local.ip
	if from.Addr().IsUnspecified() {
		from = netip.AddrPortFrom(b.host.source(to.ip.Addr()), from.Port())
	}
	host := b.w.hostAt(b.host, to.ip.Addr())
	switch {
	case to.ip.Addr().IsMulticast():
		b.multicast(s, from, to.ip, data)
	case host != nil:
		b.w.fly(s, b.w.way(b.host, host), from, to.ip, data)
	case b.unreachable(to.ip.Addr()):
		return fail(syscall.ENETUNREACH)
	}
	return done(len(data))
}

// fly has a datagram travel: it may be lost, held back or come twice.
func (w *World) fly(s *socket, p *path, from, to netip.AddrPort, data []byte) {
	s.packets++
	n := s.packets
	at, f := p.carry(s.id, n, PacketDatagram, from, to, data)
	data = bytes.Clone(data)
	switch f {
	case refused:
		w.refuse(s, to)
	case waits:
		p.held = append(p.held, func() { w.fly(s, p, from, to, data) })
	}
	if f > spared {
		return
	}
	land := func() { w.landDatagram(s, p, from, to, data) }
	if p.from != p.to && f != spared {
		if id, hit := w.strikes(s.id, chanceReorder, n, p.config.Reorder); hit {
			w.note(p.from.name, id, "datagram to "+p.to.name+" is held back")
			at += int64(p.behind(s.id, n))
		}
		if id, hit := w.strikes(s.id, chanceDuplicate, n, p.config.Duplicate); hit {
			w.note(p.from.name, id, "datagram to "+p.to.name+" comes twice")
			w.at(at+int64(p.behind(s.id, ^n)), s.id, land)
		}
	}
	w.when(at, s.id, land)
}

// behind is how long a datagram that is overtaken takes longer: up to some times as long as
// others take, and a millisecond at least.
func (p *path) behind(o object, n uint64) time.Duration {
	most := max(p.config.Latency.Max, p.config.Latency.Mean, time.Millisecond)
	return Dist{Min: time.Millisecond, Max: 3 * most}.at(p.w.draw(o, chanceReorder, ^n))
}

// landDatagram is a datagram's arrival at the other host.
func (w *World) landDatagram(s *socket, p *path, from, to netip.AddrPort, data []byte) {
	if p.blocked() {
		return
	}
	if t := p.to.boot.ports.find(unix.SOCK_DGRAM, from, to); t != nil {
		w.arriveDatagram(t, datagram{data, endpoint{ip: from}})
		return
	}
	p.back.deliver(s, PacketReset, func() { w.refuse(s, to) })
}

// refuse tells a connected sender that nobody is there.
func (w *World) refuse(s *socket, to netip.AddrPort) {
	if s.remote.ip == to && !s.closed {
		s.pending = syscall.ECONNREFUSED
		w.touch(&s.waitList)
	}
}

// arriveDatagram delivers d, unless t has no room.
func (w *World) arriveDatagram(t *socket, d datagram) {
	if t.queued+len(d.data) > t.options.readBuffer(w) && len(t.queue) > 0 {
		return
	}
	w.enqueue(t, d)
}

// enqueue has d wait at t.
func (w *World) enqueue(t *socket, d datagram) {
	t.queue = append(t.queue, d)
	t.queued += len(d.data)
	w.touch(&t.waitList)
}

func (b *Boot) receiveDatagram(f *flight, s *socket) (int, bool) {
	switch {
	case s.pending != 0:
		return s.fail()
	case len(s.queue) == 0 && s.deaf:
		return done(0)
	case len(s.queue) == 0:
		return f.wait(&s.waitList)
	}
	d := s.queue[0]
	if !f.peeks() {
		s.queue[0] = datagram{}
		s.queue = s.queue[1:]
		s.queued -= len(d.data)
		b.w.touch(&s.waitList) // there is room for a unix socket's
	}
	n := min(len(d.data), f.capacity())
	if n < len(d.data) {
		f.flags = msgTrunc
	}
	f.data, f.from = d.data[:n], d.from.raw(s.family)
	if d.from.none() {
		f.from = nil
	}
	return done(n)
}

// Datagrams makes a datagram socket with an address.
func (w *World) Datagrams() (fd int, addr *net.UDPAddr) {
	w.enter()
	defer w.leave()
	b := w.here()
	s := b.makeSocket(unix.AF_INET, unix.SOCK_DGRAM)
	b.mustBind(s, endpoint{ip: netip.AddrPortFrom(loopback4, 0)})
	return b.install(s), net.UDPAddrFromAddrPort(s.local.ip)
}

// DatagramPair makes two datagram sockets, each connected to the other.
func (w *World) DatagramPair() (a, z int) {
	a, addrA := w.Datagrams()
	z, addrZ := w.Datagrams()
	w.enter()
	defer w.leave()
	b := w.here()
	b.descriptors.get(a).resource.(*socket).remote = endpoint{ip: addrZ.AddrPort()}
	b.descriptors.get(z).resource.(*socket).remote = endpoint{ip: addrA.AddrPort()}
	return a, z
}
