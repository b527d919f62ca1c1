//go:build unix

package sim

import (
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// connect is connect(2).
func (b *Boot) connect(f *flight, s *socket) (int, bool) {
	to := endpointOf(f.req.Name)
	switch {
	case s.failed:
		s.failed = false
		s.remote = endpoint{}
		return s.fail()
	case s.shake != nil && s.connector != f:
		return fail(syscall.EALREADY)
	case s.shake != nil:
		return f.wait(&s.waitList)
	case s.connector == f && s.twin != nil:
		s.connector = nil
		return done(0)
	case s.speaksOnly6(to):
		return fail(syscall.ENETUNREACH)
	case !s.suits(to):
		return fail(syscall.EAFNOSUPPORT)
	case s.isDatagram():
		return b.connectDatagram(s, to)
	case s.twin != nil:
		return fail(syscall.EISCONN)
	case s.listening && s.family == unix.AF_UNIX:
		return fail(syscall.EINVAL)
	case s.listening:
		return fail(syscall.EISCONN)
	case s.family == unix.AF_UNIX:
		return b.connectUnix(f, s, to)
	}
	return b.connectTCP(f, s, to)
}

// connectTCP begins a connect over the network, or makes one within the host.
func (b *Boot) connectTCP(f *flight, s *socket, to endpoint) (int, bool) {
	if to.ip.Addr().IsUnspecified() {
		to.ip = netip.AddrPortFrom(loopbackOf(to.ip.Addr()), to.ip.Port())
	}
	host := b.host
	if !host.owns(to.ip.Addr()) {
		host = b.w.byAddr[to.ip.Addr()]
	}
	if host == b.host {
		if b.ports.holes[to] {
			return f.wait(&s.waitList)
		}
		if l := b.ports.find(s.kind, s.local.ip, to.ip); l != nil && l.full() {
			return f.wait(&l.waitList)
		}
	}
	if errno := b.autobind(s, to.ip.Addr()); errno != 0 {
		return fail(syscall.EADDRNOTAVAIL)
	}
	s.remote, s.connector = to, f
	if host == nil {
		if errno := b.w.nobody(s, to.ip.Addr()); errno != 0 {
			s.remote = endpoint{}
			return fail(errno)
		}
	} else {
		b.w.shake(s, host)
	}
	return b.connect(f, s)
}

// accept is accept4(2).
func (b *Boot) accept(f *flight, l *socket) (int, bool) {
	switch {
	case l.isDatagram():
		return fail(syscall.EOPNOTSUPP)
	case !l.listening:
		return fail(syscall.EINVAL)
	case len(l.backlog) == 0:
		return f.wait(&l.waitList)
	case b.descriptors.full():
		return fail(syscall.EMFILE)
	}
	server := l.backlog[0]
	l.backlog[0] = nil
	l.backlog = l.backlog[1:]
	b.w.touch(&l.waitList) // there is room for a connect
	f.from = server.remote.raw(server.family)
	fd := b.install(server)
	b.descriptors.get(fd).nonblock = int(f.req.Flags)&sockNonblock != 0
	return done(fd)
}

// full reports whether l has no room for a connection more.
func (l *socket) full() bool { return len(l.backlog)+l.halves >= l.room }

// half makes the server's side of a connection with c, which does not know of it yet.
func (l *socket) half(c *socket) *socket {
	l.accepted++
	l.halves++
	return &socket{
		boot: l.boot, id: c.id.of(chanceObject, l.accepted), family: l.family, kind: l.kind,
		local: c.remote, remote: c.local, options: l.options, listener: l,
	}
}

// listen is listen(2).
func (b *Boot) listen(s *socket, backlog int) syscall.Errno {
	switch {
	case s.isDatagram():
		return syscall.EOPNOTSUPP
	case s.twin != nil || s.shake != nil:
		return syscall.EINVAL
	case s.local.none() && s.family == unix.AF_UNIX:
		return syscall.EINVAL
	case s.local.none():
		wildcard := netip.IPv4Unspecified()
		if s.family == unix.AF_INET6 {
			wildcard = netip.IPv6Unspecified()
		}
		if errno := b.bindEphemeral(s, wildcard); errno != 0 {
			return errno
		}
	}
	was := s.listening
	s.listening = true
	if !was && s.family != unix.AF_UNIX && b.ports.taken(s) {
		s.listening = false
		return syscall.EADDRINUSE
	}
	s.room = backlog + 1 // as Linux counts, tcp_v4_conn_request and unix_stream_connect
	return 0
}

// Listen makes a listening socket with room for so many connections that nobody
// has accepted yet.
func (w *World) Listen(backlog int) (fd int, addr *net.TCPAddr) {
	w.enter()
	defer w.leave()
	b := w.here()
	l := b.makeSocket(unix.AF_INET, unix.SOCK_STREAM)
	b.mustBind(l, endpoint{ip: netip.AddrPortFrom(loopback4, 0)})
	b.listen(l, backlog-1)
	return b.install(l), net.TCPAddrFromAddrPort(l.local.ip)
}

// ListenUnix is Listen at a name in the file system's place.
func (w *World) ListenUnix(name string, backlog int) (fd int, addr *net.UnixAddr) {
	w.enter()
	defer w.leave()
	b := w.here()
	l := b.makeSocket(unix.AF_UNIX, unix.SOCK_STREAM)
	b.mustBind(l, endpoint{name: name})
	b.listen(l, backlog-1)
	return b.install(l), &net.UnixAddr{Name: name, Net: "unix"}
}

// mustBind is bind for addresses made here, and names that tests give.
func (b *Boot) mustBind(s *socket, to endpoint) {
	if errno := b.bind(s, to); errno != 0 {
		panic("sim: bind to " + to.String() + ": " + errno.Error())
	}
}

// spare is a loopback address that nobody has, nor will soon.
func (b *Boot) spare() netip.AddrPort {
	s := b.makeSocket(unix.AF_INET, unix.SOCK_STREAM)
	b.mustBind(s, endpoint{ip: netip.AddrPortFrom(loopback4, 0)})
	b.ports.leave(s)
	return s.local.ip
}

// Blackhole returns an address at which nothing answers: connects there never
// end by themselves.
func (w *World) Blackhole() *net.TCPAddr {
	w.enter()
	defer w.leave()
	b := w.here()
	a := b.spare()
	b.ports.holes[endpoint{ip: a}] = true
	return net.TCPAddrFromAddrPort(a)
}

// Nobody returns an address that refuses connections.
func (w *World) Nobody() *net.TCPAddr {
	w.enter()
	defer w.leave()
	return net.TCPAddrFromAddrPort(w.here().spare())
}
