//go:build unix

package sim

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/sockaddr"
)

// A socket is a stream, a listener or a datagram socket.
type socket struct {
	waitList // accepts and connects; receives of datagrams

	boot *Boot

	family, kind  int
	local, remote []byte // raw addresses
	pending       syscall.Errno

	// A connection. Each of the two sockets has the other as its twin.
	in, out *stream
	twin    *socket
	dead    bool // it was reset, or one side is gone

	// A listener.
	listening bool
	backlog   []*socket
	room      int

	// Datagrams.
	id     object
	sent   uint64
	queue  []datagram
	queued int // bytes
	deaf   bool
}

func (s *socket) isDatagram() bool { return s.kind == unix.SOCK_DGRAM }

// newSocket is socket(2).
func (b *Boot) newSocket(f *flight) (int, bool) {
	s := &socket{boot: b, family: int(f.req.Mode), kind: int(f.req.Flags) & kindMask}
	switch {
	case s.family != unix.AF_INET && s.family != unix.AF_INET6 && s.family != unix.AF_UNIX:
		return fail(syscall.EAFNOSUPPORT)
	case s.kind != unix.SOCK_STREAM && s.kind != unix.SOCK_DGRAM:
		return fail(syscall.EINVAL)
	case f.req.Offset != 0 && f.req.Offset != unix.IPPROTO_TCP && f.req.Offset != unix.IPPROTO_UDP:
		return fail(syscall.EPROTONOSUPPORT)
	case b.descriptors.full():
		return fail(syscall.EMFILE)
	}
	return done(b.install(s))
}

// join makes two sockets the ends of one connection.
func (w *World) join(a, b *socket) {
	id := a.boot.newObject()
	a.in, a.out = w.newStream(id.of(chanceObject, 0)), w.newStream(id.of(chanceObject, 1))
	b.in, b.out = a.out, a.in
	a.twin, b.twin = b, a
}

// release sends the end to the other side: a reset where something was left
// unread, as TCP and AF_UNIX do.
func (s *socket) release(w *World) {
	s.boot.unbind(s)
	for _, c := range s.backlog {
		c.release(w)
	}
	s.backlog = nil
	switch {
	case s.twin == nil || s.dead:
	case len(s.in.arrived) > 0 || s.in.wire > 0:
		w.reset(s)
	default:
		w.end(s.out)
		w.abandon(s.in)
	}
	w.touch(&s.waitList)
}

// reset breaks s's connection off. The other side is told.
func (w *World) reset(s *socket) {
	t := s.twin
	s.dead, t.dead = true, true
	t.pending = syscall.ECONNRESET
	w.cut(s.in)
	w.cut(s.out)
}

// receive is recv, recvmsg and read.
func (b *Boot) receive(f *flight, s *socket) (int, bool) {
	switch {
	case s.isDatagram():
		return b.receiveDatagram(f, s)
	case s.twin == nil:
		return fail(syscall.ENOTCONN)
	}
	return b.w.readStream(f, s.in, &s.pending)
}

// send is send, sendmsg and write.
func (b *Boot) send(f *flight, s *socket) (int, bool) {
	switch {
	case s.isDatagram():
		return b.sendDatagram(f, s)
	case s.twin == nil && s.listening:
		return fail(syscall.ENOTCONN)
	case s.twin == nil:
		return fail(syscall.EPIPE)
	case f.req.Msg != nil && len(f.req.Msg.Name) > 0:
		return fail(syscall.EISCONN)
	}
	return b.w.writeStream(f, s.out, &s.pending)
}

// shutdown is shutdown(2).
func (w *World) shutdown(f *flight, s *socket) (int, bool) {
	how := f.req.Flags
	switch {
	case how > unix.SHUT_RDWR:
		return fail(syscall.EINVAL)
	case s.isDatagram() && s.remote != nil:
		s.deaf = s.deaf || how != unix.SHUT_WR
		w.touch(&s.waitList)
		return done(0)
	case s.twin == nil:
		return fail(syscall.ENOTCONN)
	}
	if how != unix.SHUT_WR {
		s.in.deaf = true
		w.touch(&s.in.waitList)
	}
	if how != unix.SHUT_RD {
		w.end(s.out)
	}
	return done(0)
}

// rawAddress is a in the kernel's form. It is for addresses made here.
func rawAddress(a net.Addr) []byte {
	raw, err := sockaddr.Append(nil, a)
	if err != nil {
		panic(err)
	}
	return raw
}
