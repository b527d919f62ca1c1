//go:build unix

package sim

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// connectUnix connects to a unix listener, which is of the same boot: at once or, where the
// backlog is full, once it has room. A socket in non-blocking mode is told EAGAIN then, as
// Linux does.
func (b *Boot) connectUnix(f *flight, s *socket, to endpoint) (int, bool) {
	l, errno := b.named(s.kind, to.name)
	switch {
	case errno != 0:
		return fail(errno)
	case !l.listening:
		return fail(syscall.ECONNREFUSED)
	case l.full() && f.file.nonblock:
		return fail(syscall.EAGAIN)
	case l.full():
		return f.wait(&l.waitList)
	}
	s.remote = to
	b.arrive(l, s)
	return done(0)
}

// arrive puts the server's side of a connection within the host into the backlog.
func (b *Boot) arrive(l, client *socket) {
	server := l.half(client)
	l.halves--
	server.local, server.listener = l.local, nil
	b.joinHere(client, server)
	l.backlog = append(l.backlog, server)
	b.w.touch(&l.waitList)
}

// joinHere makes two unix sockets the ends of one connection.
func (b *Boot) joinHere(x, y *socket) {
	x.in, x.out = b.w.newStream(x.id.of(chanceObject, 1)), b.w.newStream(x.id.of(chanceObject, 2))
	bounded := x.kind == unix.SOCK_SEQPACKET
	x.in.bounded, x.out.bounded = bounded, bounded
	x.in.limit, x.out.limit = window(y, x), window(x, y)
	y.in, y.out = x.out, x.in
	x.twin, y.twin = y, x
}

// sendUnix sends a datagram to a unix socket, which loses none: it waits for room.
func (b *Boot) sendUnix(f *flight, s *socket, to endpoint, data []byte) (int, bool) {
	t, errno := s.twin, syscall.Errno(0)
	if t == nil {
		t, errno = b.named(s.kind, to.name)
	}
	switch {
	case errno != 0:
		return fail(errno)
	case t.closed:
		return fail(syscall.ECONNREFUSED)
	case !t.remote.none() && t.remote != s.local, t.twin != nil && t.twin != s:
		return fail(syscall.EPERM)
	case t.deaf:
		return fail(syscall.EPIPE)
	case len(data) > window(s, t):
		return fail(syscall.EMSGSIZE)
	case len(t.queue) > 0 && t.queued+len(data) > window(s, t):
		return f.wait(&t.waitList)
	}
	b.w.enqueue(t, datagram{append([]byte(nil), data...), s.local})
	return done(len(data))
}
