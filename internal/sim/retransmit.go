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

// A stall is what a stream waits for: a segment that was lost. Those behind it travel all the
// same, and are kept where they arrive until it is there.
type stall struct {
	head  *segment
	queue []*segment // behind it, in order: those that have landed, and those that were lost too
	since int64
	wait  time.Duration
	timer *entry
}

// triesBits is how many bits of a decision's number count a segment's tries.
const triesBits = 8

// sendSegment sends a segment of a connection, or sends it again.
func (w *World) sendSegment(s *stream, g *segment) {
	p := s.path
	at, f := p.carry(s.id, g.n<<triesBits|g.tries&(1<<triesBits-1), g.kind, s.from.local.ip, s.to.local.ip, g.data)
	g.flies = f <= spared || f == waits
	switch f {
	case passes, spared:
		w.inTurn(s, at, func() { w.landSegment(s, g) })
	case lost:
		w.missed(s, g)
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
	g.flies = false
	if s.path.blocked() {
		w.missed(s, g)
		return
	}
	s.to.heard = w.now
	if s.to.gone() && g.do == nil && (g.kind == PacketData || s.to.boot.state == bootCrashed) {
		w.answerReset(s)
		return
	}
	g.landed = true
	switch t := s.stall; {
	case t == nil || g.n < t.head.n:
		w.arriveSegment(s, g)
	case g == t.head:
		w.agenda.drop(t.timer)
		w.arriveSegment(s, g)
		w.resume(s)
	default:
		t.keep(g)
	}
}

// missed has g, which did not get through, sent again: in its time if it is the first that
// did not, or else once all before it are there.
func (w *World) missed(s *stream, g *segment) {
	g.flies = false
	if s.from.dead {
		return // nobody sends it again
	}
	g.tries++
	switch t := s.stall; {
	case t == nil:
		s.stall = &stall{head: g, since: w.now, wait: retryFirst}
	case g == t.head:
	case g.n < t.head.n: // it was on its way when the other was lost at once
		t.keep(t.head)
		t.head = g
	default:
		t.keep(g)
		return
	}
	t := s.stall
	w.agenda.drop(t.timer)
	t.timer = w.at(min(w.now+int64(t.wait), t.since+int64(retryEnd)), s.id, func() { w.retry(s) })
	t.wait = min(2*t.wait, retryMax)
}

// keep puts g into its place in the queue, if it is not there.
func (t *stall) keep(g *segment) {
	i := len(t.queue)
	for i > 0 && t.queue[i-1].n > g.n {
		i--
	}
	if i > 0 && t.queue[i-1] == g {
		return
	}
	t.queue = append(t.queue, nil)
	copy(t.queue[i+1:], t.queue[i:])
	t.queue[i] = g
}

// retry sends the first segment again, or gives up.
func (w *World) retry(s *stream) {
	if w.now-s.stall.since >= int64(retryEnd) {
		w.timeOut(s.from)
		return
	}
	w.sendSegment(s, s.stall.head)
}

// resume has what has landed behind a segment arrive after it, up to the next that was lost.
// The sender hears of that, and sends what was lost again.
func (w *World) resume(s *stream) {
	queue := s.stall.queue
	s.stall = nil
	for len(queue) > 0 && queue[0].landed {
		w.arriveSegment(s, queue[0])
		queue = queue[1:]
	}
	if len(queue) == 0 {
		return
	}
	s.stall = &stall{head: queue[0], queue: queue[1:], since: w.now, wait: retryFirst}
	again := append([]*segment(nil), queue...)
	for _, g := range again {
		if !g.landed && !g.flies && s.stall != nil {
			w.sendSegment(s, g)
		}
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
