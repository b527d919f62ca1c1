//go:build unix

package sim

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// connect is connect(2).
func (b *Boot) connect(f *flight, s *socket) (int, bool) {
	to := f.req.Name
	switch {
	case !s.familyMatches(to):
		return fail(syscall.EAFNOSUPPORT)
	case s.isDatagram():
		b.bind(s)
		s.remote = append([]byte(nil), to...)
		return done(0)
	case s.twin != nil:
		return fail(syscall.EISCONN)
	case s.listening:
		return fail(syscall.EINVAL)
	case b.network.holes[key(s.kind, to)]:
		return f.wait(&s.waitList)
	}
	l := b.network.bound[key(s.kind, to)]
	switch {
	case l == nil && s.family == unix.AF_UNIX:
		return fail(syscall.ENOENT)
	case l == nil || !l.listening:
		return fail(syscall.ECONNREFUSED)
	case len(l.backlog) >= l.room:
		return f.wait(&l.waitList)
	}
	b.bind(s)
	s.remote = append([]byte(nil), to...)
	b.arrive(l, s)
	return done(0)
}

// arrive puts the server's side of a connection into the backlog.
func (b *Boot) arrive(l, client *socket) {
	server := &socket{boot: b, family: l.family, kind: l.kind, local: l.local, remote: client.local}
	b.w.join(client, server)
	l.backlog = append(l.backlog, server)
	b.w.touch(&l.waitList)
}

// accept is accept4(2).
func (b *Boot) accept(f *flight, l *socket) (int, bool) {
	switch {
	case l.kind != unix.SOCK_STREAM:
		return fail(syscall.EOPNOTSUPP)
	case !l.listening:
		return fail(syscall.EINVAL)
	case len(l.backlog) == 0:
		return f.wait(&l.waitList)
	case b.descriptors.full():
		return fail(syscall.EMFILE)
	}
	server := l.backlog[0]
	l.backlog = l.backlog[1:]
	b.w.touch(&l.waitList) // there is room for a connect
	f.from = server.remote
	return done(b.install(server))
}

// Listen makes a listening socket with room for so many connections that nobody
// has accepted yet.
func (w *World) Listen(backlog int) (fd int, addr *net.TCPAddr) {
	w.enter()
	defer w.leave()
	b := w.here()
	l := &socket{boot: b, family: unix.AF_INET, kind: unix.SOCK_STREAM, listening: true, room: backlog}
	ip, port := b.network.loopback()
	addr = &net.TCPAddr{IP: ip, Port: port}
	l.local = rawAddress(addr)
	b.network.bound[key(l.kind, l.local)] = l
	return b.install(l), addr
}

// ListenUnix is Listen at a name in the file system's place.
func (w *World) ListenUnix(name string, backlog int) (fd int, addr *net.UnixAddr) {
	w.enter()
	defer w.leave()
	b := w.here()
	addr = &net.UnixAddr{Name: name, Net: "unix"}
	l := &socket{boot: b, family: unix.AF_UNIX, kind: unix.SOCK_STREAM, listening: true, room: backlog}
	l.local = rawAddress(addr)
	b.network.bound[key(l.kind, l.local)] = l
	return b.install(l), addr
}
