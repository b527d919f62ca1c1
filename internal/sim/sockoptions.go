//go:build unix

package sim

import "time"

// options are those of a socket. What has no effect here is kept all the same.
type options struct {
	reuseAddr, reusePort bool
	v6Only               bool
	noDelay              bool
	broadcast            bool
	lingers              bool
	linger               int // seconds
	sendBuffer           int // bytes; 0: the World's
	receiveBuffer        int

	keepAlive bool
	idle      time.Duration
	interval  time.Duration
	count     int
}

// The defaults of tcp(7).
const (
	keepIdleDefault     = 2 * time.Hour
	keepIntervalDefault = 75 * time.Second
	keepCountDefault    = 9
)

// drops reports whether a close drops what was not sent, and resets: SO_LINGER with no time.
func (o *options) drops() bool { return o.lingers && o.linger == 0 }

// readBuffer is how many bytes of datagrams wait to be read.
func (o *options) readBuffer(w *World) int {
	if o.receiveBuffer > 0 {
		return o.receiveBuffer
	}
	return w.opt.StreamBuffer
}

// window is how many bytes are on their way from one socket to another, or unread there.
func window(from, to *socket) int {
	all := from.boot.w.opt.StreamBuffer
	out, in := from.options.sendBuffer, to.options.receiveBuffer
	switch {
	case out == 0 && in == 0:
		return all
	case out == 0:
		out = all / 2
	case in == 0:
		in = all / 2
	}
	return out + in
}

// resize has the window of a connection be what the options say.
func (s *socket) resize() {
	if s.twin == nil || s.out == nil {
		return
	}
	s.out.limit, s.in.limit = window(s, s.twin), window(s.twin, s)
	s.boot.w.touch(&s.out.waitList)
	s.boot.w.touch(&s.in.waitList)
}
