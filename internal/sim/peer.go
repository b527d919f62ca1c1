//go:build unix

package sim

import (
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// A Peer is the other side of a connection, in the hands of the test. It never
// blocks.
type Peer struct {
	w *World
	s *socket
}

func (w *World) pair() (a, z *socket) {
	b := w.here()
	a, z = b.makeSocket(unix.AF_UNIX, unix.SOCK_STREAM), b.makeSocket(unix.AF_UNIX, unix.SOCK_STREAM)
	b.joinHere(a, z)
	return a, z
}

// SocketPair makes a connection, and returns the descriptors of its two ends.
func (w *World) SocketPair() (a, b int) {
	w.enter()
	defer w.leave()
	x, y := w.pair()
	return x.boot.install(x), y.boot.install(y)
}

// Conn makes a connection of which one side is the test's.
func (w *World) Conn() (fd int, peer *Peer) {
	w.enter()
	defer w.leave()
	x, y := w.pair()
	return x.boot.install(x), &Peer{w, y}
}

// Dial connects to a listener of this World, from outside it. It fails with
// ECONNREFUSED where nobody listens or the backlog is full.
func (w *World) Dial(addr net.Addr) (*Peer, error) {
	w.enter()
	defer w.leave()
	b := w.here()
	to := endpointOf(rawAddress(addr))
	var l *socket
	if to.ip.IsValid() {
		l = b.ports.find(unix.SOCK_STREAM, netip.AddrPort{}, to.ip)
	} else {
		l, _ = b.named(unix.SOCK_STREAM, to.name)
	}
	if l == nil || !l.listening || l.full() {
		return nil, syscall.ECONNREFUSED
	}
	client := b.makeSocket(l.family, l.kind)
	client.remote = to
	if to.ip.IsValid() {
		b.autobind(client, to.ip.Addr())
		w.connected(client, l.half(client), nil)
	} else {
		b.arrive(l, client)
	}
	return &Peer{w, client}, nil
}

// Write sends as much of p as there is room for, and returns how much that was:
// nothing, where the other side is gone.
func (p *Peer) Write(b []byte) int {
	p.w.enter()
	defer p.w.leave()
	if p.s.out.orphan || p.s.out.ending {
		return 0
	}
	return p.w.put(p.s.out, b)
}

// Read takes all that has arrived, which may be nothing.
func (p *Peer) Read() []byte {
	p.w.enter()
	defer p.w.leave()
	return p.w.take(p.s.in, len(p.s.in.arrived), false)
}

// Ended reports whether the end has arrived and everything before it was read.
func (p *Peer) Ended() bool {
	p.w.enter()
	defer p.w.leave()
	return p.s.in.ended && len(p.s.in.arrived) == 0
}

// Unread is how many bytes that the test sent the other side has not read:
// those that arrived, and those on their way.
func (p *Peer) Unread() (arrived, wire int) {
	p.w.enter()
	defer p.w.leave()
	return len(p.s.out.arrived), p.s.out.wire
}

// CloseWrite sends the end, and goes on reading.
func (p *Peer) CloseWrite() {
	p.w.enter()
	defer p.w.leave()
	p.w.end(p.s.out)
}

// Close closes the test's side, as a close of its descriptor would.
func (p *Peer) Close() {
	p.w.enter()
	defer p.w.leave()
	p.s.release(p.w)
	p.s.dead = true
}

// Reset breaks the connection off: what was on its way is lost, and the other
// side is told ECONNRESET after what had arrived.
func (p *Peer) Reset() {
	p.w.enter()
	defer p.w.leave()
	if !p.s.dead {
		p.w.abort(p.s)
	}
}

// Unread is how many bytes of a stream descriptor fd has still to read: those
// that arrived, and those on their way.
func (w *World) Unread(fd int) (arrived, wire int) {
	w.enter()
	defer w.leave()
	b := w.here()
	f := b.descriptors.get(fd)
	if f == nil {
		return 0, 0
	}
	var in *stream
	switch o := f.resource.(type) {
	case *socket:
		in = o.in
	case *pipeEnd:
		in = o.in
	}
	if in == nil {
		return 0, 0
	}
	return len(in.arrived), in.wire
}
