//go:build unix

package sim

import (
	"bytes"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

type datagram struct{ data, from []byte }

const datagramMax = 65507 // what fits into UDP over IPv4

// sendDatagram sends one datagram. What becomes of it, the sender is not told.
func (b *Boot) sendDatagram(f *flight, s *socket) (int, bool) {
	to := s.remote
	if f.req.Msg != nil && len(f.req.Msg.Name) > 0 {
		to = f.req.Msg.Name
	}
	data := f.payload()
	switch {
	case s.pending != 0:
		return s.fail()
	case to == nil:
		return fail(syscall.EDESTADDRREQ)
	case !s.familyMatches(to):
		return fail(syscall.EAFNOSUPPORT)
	case len(data) > datagramMax:
		return fail(syscall.EMSGSIZE)
	}
	b.bind(s)
	s.sent++
	wire := b.w.opt.WireDelay.even().at(b.w.draw(s.id, chanceLatency, s.sent))
	_, lost := b.w.strikes(s.id, chanceLoss, s.sent, b.w.opt.Loss)
	t := b.network.bound[key(s.kind, to)]
	switch {
	case t == nil && s.remote != nil:
		b.w.after(wire, s.id, func() { b.w.refuse(s) })
	case t != nil && !lost:
		d := datagram{bytes.Clone(data), s.local}
		b.w.after(wire, s.id, func() { b.w.arriveDatagram(t, d) })
	}
	return done(len(data))
}

// refuse tells a connected sender that nobody is there.
func (w *World) refuse(s *socket) {
	s.pending = syscall.ECONNREFUSED
	w.touch(&s.waitList)
}

// fail returns an earlier datagram's error, once.
func (s *socket) fail() (int, bool) {
	errno := s.pending
	s.pending = 0
	return fail(errno)
}

// arriveDatagram delivers d, unless t has no room or is connected to another.
func (w *World) arriveDatagram(t *socket, d datagram) {
	if t.queued+len(d.data) > w.opt.StreamBuffer || t.remote != nil && string(t.remote) != string(d.from) {
		return
	}
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
		b.bind(s)
		return f.wait(&s.waitList)
	}
	d := s.queue[0]
	if !f.peeks() {
		s.queue = s.queue[1:]
		s.queued -= len(d.data)
	}
	n := min(len(d.data), f.capacity())
	if n < len(d.data) {
		f.flags = msgTrunc
	}
	f.data, f.from = d.data[:n], d.from
	return done(n)
}

// Datagrams makes a datagram socket with an address.
func (w *World) Datagrams() (fd int, addr *net.UDPAddr) {
	w.enter()
	defer w.leave()
	b := w.here()
	s := &socket{boot: b, family: unix.AF_INET, kind: unix.SOCK_DGRAM}
	ip, port := b.network.loopback()
	addr = &net.UDPAddr{IP: ip, Port: port}
	s.local = rawAddress(addr)
	b.network.bound[key(s.kind, s.local)] = s
	return b.install(s), addr
}

// DatagramPair makes two datagram sockets, each connected to the other.
func (w *World) DatagramPair() (a, z int) {
	a, addrA := w.Datagrams()
	z, addrZ := w.Datagrams()
	w.enter()
	defer w.leave()
	b := w.here()
	b.descriptors.get(a).resource.(*socket).remote = rawAddress(addrZ)
	b.descriptors.get(z).resource.(*socket).remote = rawAddress(addrA)
	return a, z
}
