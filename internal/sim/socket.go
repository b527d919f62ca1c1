//go:build unix

package sim

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// A socket is a stream, a listener or a datagram socket.
type socket struct {
	waitList // accepts and connects; receives of datagrams

	boot          *Boot
	id            object
	family, kind  int
	local, remote endpoint
	bound         bool   // it is in the table of ports
	node          uint64 // of a unix socket with a path
	options       options
	pending       syscall.Errno // told once
	packets       uint64        // that it has sent beside a stream
	closed        bool          // no descriptor has it any more

	// A connection. Each of the two sockets has the other as its twin.
	in, out   *stream
	twin      *socket
	conn      *conn // by TCP
	dead      bool  // it was reset, or one side is gone
	heard     int64 // when something last came of the other side
	probe     probe
	shake     *handshake // while it is being made
	connector *flight    // the connect that waits for it
	failed    bool       // it was not made

	// A listener.
	listening bool
	backlog   []*socket
	room      int
	halves    int     // connects that were granted, and do not know yet
	accepted  uint64  // sockets made so far
	listener  *socket // of one that is not in its backlog yet

	// Datagrams.
	queue  []datagram
	queued int // bytes
	deaf   bool
	mute   bool // of a unix socket for datagrams: sends fail
	groups []group
}

func (s *socket) isDatagram() bool { return s.kind == unix.SOCK_DGRAM }

// newSocket is socket(2).
func (b *Boot) newSocket(f *flight) (int, bool) {
	kind := int(f.req.Flags) & kindMask
	s := b.makeSocket(int(f.req.Mode), kind)
	switch {
	case s.family != unix.AF_INET && s.family != unix.AF_INET6 && s.family != unix.AF_UNIX:
		return fail(syscall.EAFNOSUPPORT)
	case kind == unix.SOCK_SEQPACKET && s.family == unix.AF_UNIX:
	case kind != unix.SOCK_STREAM && kind != unix.SOCK_DGRAM:
		return fail(syscall.EINVAL)
	}
	switch {
	case f.req.Offset != 0 && f.req.Offset != unix.IPPROTO_TCP && f.req.Offset != unix.IPPROTO_UDP:
		return fail(syscall.EPROTONOSUPPORT)
	case b.descriptors.full():
		return fail(syscall.EMFILE)
	}
	fd := b.install(s)
	b.descriptors.get(fd).nonblock = int(f.req.Flags)&sockNonblock != 0
	return done(fd)
}

func (b *Boot) makeSocket(family, kind int) *socket {
	return &socket{boot: b, id: b.newObject(), family: family, kind: kind}
}

// release sends the end to the other side: a reset where something was left
// unread, as TCP and AF_UNIX do.
func (s *socket) release(w *World) {
	s.closed = true
	s.boot.ports.leave(s)
	s.boot.leaveGroups(s)
	for _, c := range s.backlog {
		c.closed = true
		w.hangUp(c, true)
	}
	s.backlog = nil
	if s.shake != nil {
		s.shake.finish()
	}
	w.hangUp(s, s.twin != nil && s.options.drops())
	w.touch(&s.waitList)
}

// hangUp is the close of a connection, with a reset where that is to be.
func (w *World) hangUp(s *socket, reset bool) {
	switch {
	case s.twin == nil || s.dead || s.isDatagram():
	case s.boot.state == bootCrashed && s.conn != nil:
		w.sever(s) // in silence
	case s.conn != nil && (reset || s.in.there()):
		w.abort(s)
	case s.conn != nil:
		w.end(s.out)
		s.conn.done()
	case s.in.there() || s.in.wire > 0:
		w.abort(s)
	default:
		w.end(s.out)
		w.abandon(s.in)
	}
}

// receive is recv, recvmsg and read.
func (b *Boot) receive(f *flight, s *socket) (int, bool) {
	switch {
	case s.isDatagram():
		return b.receiveDatagram(f, s)
	case s.twin == nil && s.shake != nil:
		return fail(syscall.EAGAIN)
	case s.twin == nil && s.pending != 0:
		return s.fail()
	case s.twin == nil:
		return fail(syscall.ENOTCONN)
	}
	if s.conn != nil && s.pending == syscall.EPIPE {
		return b.w.readStream(f, s.in, nil) // which is for a write: the end has come before it
	}
	return b.w.readStream(f, s.in, &s.pending)
}

// send is send, sendmsg and write.
func (b *Boot) send(f *flight, s *socket) (int, bool) {
	switch {
	case s.isDatagram():
		return b.sendDatagram(f, s)
	case s.twin == nil && s.listening && s.family == unix.AF_UNIX:
		return fail(syscall.ENOTCONN)
	case s.twin == nil && s.pending != 0:
		return s.fail()
	case s.twin == nil:
		return fail(syscall.EPIPE)
	case f.req.Msg != nil && len(f.req.Msg.Name) > 0:
		return fail(syscall.EISCONN)
	}
	return b.w.writeStream(f, s.out, &s.pending)
}

// fail returns an earlier error, once.
func (s *socket) fail() (int, bool) {
	errno := s.pending
	s.pending = 0
	return fail(errno)
}

// shutdown is shutdown(2).
func (w *World) shutdown(s *socket, how int) syscall.Errno {
	switch {
	case how < 0 || how > unix.SHUT_RDWR:
		return syscall.EINVAL
	case s.isDatagram() && (s.family == unix.AF_UNIX || !s.remote.none()):
		s.deaf = s.deaf || how != unix.SHUT_WR
		s.mute = s.mute || how != unix.SHUT_RD && s.family == unix.AF_UNIX
		w.touch(&s.waitList)
		return 0
	case s.listening && how != unix.SHUT_WR:
		w.deafen(s)
		return 0
	case s.twin == nil, s.over():
		return syscall.ENOTCONN
	}
	if how != unix.SHUT_WR {
		s.in.deaf = true
		w.touch(&s.in.waitList)
	}
	if how != unix.SHUT_RD {
		w.end(s.out)
	}
	return 0
}

// over reports whether a TCP connection is no more: it was broken, or ended both ways.
func (s *socket) over() bool {
	return s.conn != nil && (s.dead || s.in.ended && s.out.ended)
}

// deafen has a listener listen no more: that is what a shutdown of one does on Linux.
func (w *World) deafen(s *socket) {
	s.listening = false
	for _, c := range s.backlog {
		c.closed = true
		w.hangUp(c, true)
	}
	s.backlog = nil
	w.touch(&s.waitList)
}
