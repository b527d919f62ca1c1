//go:build unix

package sim

import "time"

// acks are bytes that have arrived while the way back is blocked: the sender goes on sending
// until it has no room, sends again, and gives up as if they had been lost.
type acks struct {
	bytes int
	since int64
	wait  time.Duration
	timer *entry
}

// acknowledge tells the sender that bytes have arrived. That takes no time of its own: the
// room they leave is what the reader takes.
func (w *World) acknowledge(s *stream, bytes int) {
	switch {
	case s.path == nil || s.acks == nil && !s.path.back.blocked():
		s.wire -= bytes
	case s.acks != nil:
		s.acks.bytes += bytes
	case !s.from.gone():
		s.acks = &acks{bytes: bytes, since: w.now, wait: retryFirst}
		w.askAgain(s)
	}
}

// askAgain has the sender find out in its time what has arrived.
func (w *World) askAgain(s *stream) {
	a := s.acks
	a.timer = w.at(min(w.now+int64(a.wait), a.since+int64(retryEnd)), s.id, func() {
		switch {
		case !s.path.blocked() && !s.path.back.blocked():
			s.acks = nil
			s.wire -= a.bytes
			w.touch(&s.waitList)
		case w.now-a.since >= int64(retryEnd):
			w.timeOut(s.from)
		default:
			w.askAgain(s)
		}
	})
	a.wait = min(2*a.wait, retryMax)
}
