//go:build unix

package sim

import (
	"net/netip"
	"syscall"
	"time"
)

// The patience of a TCP connect, as Linux has it: the first try is repeated after a second,
// each after twice the time of the one before, and after six more there is no next
// (tcp_syn_retries): 127 s in all. A host of the network that is not there is told after the
// three seconds that looking for it takes.
const (
	knockFirst = time.Second
	knocks     = 7
	nobodyHome = 3 * time.Second

	// half is how long a server remembers a client that does not go on: tcp_synack_retries.
	half = 63 * time.Second
)

// A handshake is a connect under way: it asks, is granted the connection, and says so.
type handshake struct {
	w      *World
	client *socket
	server *socket // once the connect has arrived
	there  *path
	tries  uint64
	wait   time.Duration
	timer  *entry
	halves *entry // when the server forgets it
	over   bool
}

// shake begins to connect s, which is bound, to a host.
func (w *World) shake(s *socket, to *Host) {
	h := &handshake{w: w, client: s, there: w.way(s.boot.host, to), wait: knockFirst}
	s.shake = h
	h.knock()
}

// knock asks for the connection, again.
func (h *handshake) knock() {
	w, c := h.w, h.client
	if h.tries == knocks {
		h.fail(syscall.ETIMEDOUT)
		return
	}
	h.tries++
	at, f := h.there.carry(c.id, h.tries, PacketConnect, c.local.ip, c.remote.ip, nil)
	switch f {
	case passes, spared:
		w.when(at, c.id, h.arrive)
	case refused:
		h.fail(syscall.ECONNREFUSED)
	case waits:
		h.there.held = append(h.there.held, func() {
			if !h.over {
				h.tries--
				h.knock()
			}
		})
	}
	if h.over {
		return
	}
	w.agenda.drop(h.timer)
	h.timer = w.at(w.now+int64(h.wait), c.id, h.knock)
	h.wait *= 2
}

// arrive is the connect's arrival. A full backlog does not answer: Linux drops it too, so
// that the client asks again.
func (h *handshake) arrive() {
	w, c := h.w, h.client
	if h.over || h.there.blocked() {
		return
	}
	host := h.there.to
	l := host.boot.ports.find(c.kind, c.local.ip, c.remote.ip)
	switch {
	case h.server != nil:
		h.grant()
	case l == nil || host.boot.state != bootRuns:
		h.answer(PacketReset, func() { h.fail(syscall.ECONNREFUSED) })
	case l.full():
		host.note(0, "the backlog of "+l.local.String()+" is full")
	default:
		h.server = l.half(c)
		h.halves = w.at(w.now+int64(half), h.server.id, h.drop)
		h.grant()
	}
}

// answer has something happen at the client, once a packet has got there.
func (h *handshake) answer(k PacketKind, do func()) {
	w, back := h.w, h.there.back
	at, f := back.carry(h.client.id, h.tries, k, h.client.remote.ip, h.client.local.ip, nil)
	if f > spared {
		return // the client asks again
	}
	w.when(at, h.client.id, func() {
		switch {
		case back.blocked():
		case !h.over:
			do()
		case h.server != nil && h.client.closed:
			h.there.deliver(h.client, PacketReset, h.drop)
		}
	})
}

// grant answers that the connection can be.
func (h *handshake) grant() {
	h.answer(PacketConnect, func() {
		c := h.client
		h.finish()
		h.w.connected(c, h.server, h.halves)
		c.boot.host.note(0, c.words()+" is there")
		h.w.touch(&c.waitList)
	})
}

// connected makes two sockets a connection, which the server's side learns of next.
func (w *World) connected(c, server *socket, halves *entry) {
	w.join(c, server)
	w.travel(c.out, &segment{kind: PacketConnect, do: func() {
		w.agenda.drop(halves)
		l := server.listener
		if l == nil {
			return
		}
		server.listener = nil
		l.halves--
		if l.closed || server.gone() {
			w.abort(server) // it was closed meanwhile
			return
		}
		l.backlog = append(l.backlog, server)
		w.touch(&l.waitList)
	}})
}

// drop is the server's end of a connect that did not go on.
func (h *handshake) drop() {
	if l := h.server.listener; l != nil {
		h.server.listener = nil
		h.server.closed = true
		l.halves--
		h.w.touch(&l.waitList)
	}
}

// fail ends the connect.
func (h *handshake) fail(errno syscall.Errno) {
	c := h.client
	h.finish()
	c.pending, c.failed = errno, true
	c.boot.host.note(0, "connect to "+c.remote.String()+": "+errno.Error())
	h.w.touch(&c.waitList)
}

// finish ends the handshake at the client.
func (h *handshake) finish() {
	h.over = true
	h.client.shake = nil
	h.w.agenda.drop(h.timer)
}

// nobody has a connect to an address of the network fail that no host has, and any other
// at once.
func (w *World) nobody(s *socket, ip netip.Addr) syscall.Errno {
	if !network4.Contains(ip) && !network6.Contains(ip) || !s.boot.host.ip4.IsValid() {
		return syscall.ENETUNREACH
	}
	h := &handshake{w: w, client: s}
	s.shake = h
	h.timer = w.at(w.now+int64(nobodyHome), s.id, func() { h.fail(syscall.EHOSTUNREACH) })
	return 0
}
