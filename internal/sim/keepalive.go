//go:build unix

package sim

import "time"

// A probe asks the other side of a connection whether it is still there: SO_KEEPALIVE. There
// are probes only while that is in doubt, since an answer changes nothing.
type probe struct {
	timer  *entry
	misses int
}

// watch begins to probe the connections that something now stops. It is called whenever
// a link or a host may have gone silent.
func (w *World) watch() {
	for _, p := range w.pairs {
		if p.conns.First == nil {
			continue
		}
		there, back := w.way(p.a, p.b), w.way(p.b, p.a)
		if !there.blocked() && !back.blocked() {
			continue
		}
		for n := p.conns.First; n != nil; n = n.Next {
			w.watchEnd(n.Value.a)
			w.watchEnd(n.Value.b)
		}
	}
}

// watchEnd begins to probe the other side of s, after the time that it may be silent.
func (w *World) watchEnd(s *socket) {
	o := &s.options
	if !o.keepAlive || s.gone() || s.conn == nil || s.probe.timer != nil {
		return
	}
	s.probe.misses = 0
	idle := orElse(o.idle, keepIdleDefault)
	s.probe.timer = w.at(max(w.now+1, s.heard+int64(idle)), s.id, func() { w.ask(s) })
}

// doubt begins to probe the other side of s, if it may be silent and is to be probed.
func (w *World) doubt(s *socket) {
	if s.conn != nil && (s.out.path.blocked() || s.in.path.blocked()) {
		w.watchEnd(s)
	}
}

// ask is one probe. Where something was sent that is not there yet, that is the question.
func (w *World) ask(s *socket) {
	s.probe.timer = nil
	o := &s.options
	interval := orElse(o.interval, keepIntervalDefault)
	switch {
	case s.gone():
	case s.out.stall != nil || s.out.acks != nil:
		s.probe.timer = w.at(w.now+int64(interval), s.id, func() { w.ask(s) })
	case !s.out.path.blocked() && !s.in.path.blocked():
		s.heard = w.now
		if s.twin.gone() {
			w.answerReset(s.out) // whoever is there now knows nothing of it
		}
	case s.probe.misses >= orElse(o.count, keepCountDefault):
		w.timeOut(s)
	default:
		s.probe.misses++
		s.probe.timer = w.at(w.now+int64(interval), s.id, func() { w.ask(s) })
	}
}

func orElse[T int | time.Duration](v, otherwise T) T {
	if v <= 0 {
		return otherwise
	}
	return v
}
