//go:build unix

package sim

import "time"

// TCP's patience, as Linux has it: the first retransmission comes 200 ms after a loss, each
// after twice the time of the one before and at most two minutes, and after a quarter of an
// hour the connection is given up (TCP_RTO_MIN, TCP_RTO_MAX, tcp_retries2).
const (
	retryFirst = 200 * time.Millisecond
	retryMax   = 2 * time.Minute
	retryEnd   = 15 * time.Minute
)

// A stall is what a stream has sent and must send again, from the first loss until that
// gets through.
type stall struct {
	queue []*segment // in order
	under *segment   // the first, sent again and on its way
	since int64
	wait  time.Duration
	timer *entry
}

// triesBits is how many bits of a decision's number count a segment's tries.
const triesBits = 8

// sendSegment sends a segment of a connection, after what has to be sent again.
func (w *World) sendSegment(s *stream, g *segment) {
	if s.stall != nil && s.stall.under != g {
		s.stall.add(g)
		return
	}
	p := s.path
	at, f := p.carry(s.id, g.n<<triesBits|g.tries&(1<<triesBits-1), g.kind, s.from.local.ip, s.to.local.ip, g.data)
	switch f {
	case passes:
		w.inTurn(s, at, func() { w.landSegment(s, g) })
	case lost:
		w.stalled(s, g)
	case broken:
		w.inTurn(s, at, s.from.conn.reset)
	case refused:
		w.takeReset(s.from)
	case waits:
		cuts := s.cuts
		p.held = append(p.held, func() {
			if s.cuts == cuts {
				w.sendSegment(s, g)
			}
		})
	}
}

// landSegment is a segment's arrival at the other host.
func (w *World) landSegment(s *stream, g *segment) {
	again := s.stall != nil && s.stall.under == g
	switch {
	case s.path.blocked():
		w.stalled(s, g)
		return
	case s.stall != nil && !again:
		s.stall.add(g) // one ahead of it did not get through
		return
	}
	if again {
		defer w.resume(s)
	}
	s.to.heard = w.now
	if s.to.gone() && g.do == nil && (g.kind == PacketData || s.to.boot.state == bootCrashed) {
		w.answerReset(s)
		return
	}
	w.arriveSegment(s, g)
}

// stalled has g, which did not get through, sent again in its time.
func (w *World) stalled(s *stream, g *segment) {
	if s.from.dead {
		return // nobody sends it again
	}
	g.tries++
	if s.stall == nil {
		s.stall = &stall{since: w.now, wait: retryFirst}
	}
	t := s.stall
	t.under = nil
	t.add(g)
	if t.timer != nil && t.timer.place >= 0 {
		return
	}
	t.timer = w.at(min(w.now+int64(t.wait), t.since+int64(retryEnd)), s.id, func() { w.retry(s) })
	t.wait = min(2*t.wait, retryMax)
}

// add puts g where it belongs: one that was sent before others may come back after them.
func (t *stall) add(g *segment) {
	i := len(t.queue)
	for i > 0 && t.queue[i-1].n > g.n {
		i--
	}
	t.queue = append(t.queue, nil)
	copy(t.queue[i+1:], t.queue[i:])
	t.queue[i] = g
}

// retry sends the first segment again, or gives up.
func (w *World) retry(s *stream) {
	t := s.stall
	if w.now-t.since >= int64(retryEnd) {
		w.timeOut(s.from)
		return
	}
	t.under = t.queue[0]
	t.queue = t.queue[1:]
	w.sendSegment(s, t.under)
}

// resume sends what has waited behind a segment that got through.
func (w *World) resume(s *stream) {
	t := s.stall
	if t == nil {
		return
	}
	s.stall = nil
	for _, g := range t.queue {
		w.sendSegment(s, g)
	}
}

// forget drops what is to be sent again, as the sender does when the connection is broken.
func (w *World) forget(s *stream) {
	if s.stall != nil {
		w.agenda.drop(s.stall.timer)
		s.stall = nil
	}
	if s.acks != nil {
		w.agenda.drop(s.acks.timer)
		s.acks = nil
	}
}
