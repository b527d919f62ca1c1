//go:build unix

package sim

import "github.com/awaitio/awaitio/internal/list"

// A conn is a TCP connection between two hosts, or within one.
type conn struct {
	id   object
	a, b *socket // who asked for it, and who was asked
	pair *pair   // nil within a host
	node list.Node[conn]
	over bool
}

// join makes two sockets the ends of a TCP connection. It is the nth that the client made.
func (w *World) join(a, b *socket) *conn {
	there := w.way(a.boot.host, b.boot.host)
	c := &conn{id: a.id.of(chanceObject, 0), a: a, b: b, pair: there.pair}
	forth, back := w.newStream(c.id.of(chanceObject, 1)), w.newStream(c.id.of(chanceObject, 2))
	forth.path, forth.from, forth.to = there, a, b
	back.path, back.from, back.to = there.back, b, a
	forth.limit, back.limit = window(a, b), window(b, a)
	a.out, a.in, a.twin, a.conn = forth, back, b, c
	b.out, b.in, b.twin, b.conn = back, forth, a, c
	a.heard, b.heard = w.now, w.now
	if c.pair != nil {
		c.pair.conns.PushBack(&c.node, c)
	}
	return c
}

// done is called when an end is closed or broken: with the other, the connection is over.
func (c *conn) done() {
	if c.a.gone() && c.b.gone() {
		c.leave()
	}
}

// reset breaks the connection at both ends: a nanosecond apart, as they are two hosts.
func (c *conn) reset() {
	w := c.a.boot.w
	w.takeReset(c.a)
	w.at(w.now+1, c.id, func() { w.takeReset(c.b) })
	c.leave()
}

// leave takes the connection off those of its hosts.
func (c *conn) leave() {
	if !c.over && c.pair != nil {
		c.pair.conns.Remove(&c.node)
	}
	c.over = true
}

// gone reports whether the end takes nothing any more.
func (s *socket) gone() bool { return s.closed || s.dead || s.boot.state == bootCrashed }
