//go:build unix

package sim

import "syscall"

// abort breaks s's connection off: the other side is told. Within a host that takes no
// time, and what is on its way is lost.
func (w *World) abort(s *socket) {
	if s.conn != nil {
		w.sever(s)
		w.answerReset(s.in)
		return
	}
	t := s.twin
	s.dead, t.dead = true, true
	t.pending = syscall.ECONNRESET
	w.cut(s.in)
	w.cut(s.out)
}

// sever ends a TCP connection at one end, which tells the other nothing. What has arrived can
// still be read, and what is on its way arrives.
func (w *World) sever(s *socket) {
	s.dead = true
	w.forget(s.out)
	s.out.ending, s.out.orphan = true, true
	s.in.ended = true
	w.agenda.drop(s.probe.timer)
	w.touch(&s.out.waitList)
	w.touch(&s.in.waitList)
	s.conn.done()
}

// answerReset sends a reset to the sender of a stream, where there is no socket any more. If
// it gets lost, the next segment is answered too.
func (w *World) answerReset(s *stream) {
	back := s.to.out // what the reader sends on
	at, f := back.path.carry(back.id, ^back.sent, PacketReset, s.to.local.ip, s.from.local.ip, nil)
	if f > spared {
		return
	}
	w.inTurn(back, at, func() {
		if !back.path.blocked() {
			w.takeReset(s.from)
		}
	})
}

// takeReset is a reset's arrival at s. After the end of what the other side sent, it is what
// a write to nobody gets: tcp_reset of Linux.
func (w *World) takeReset(s *socket) {
	if s.dead {
		return
	}
	s.pending = syscall.ECONNRESET
	if s.in.ended {
		s.pending = syscall.EPIPE
	}
	if !s.gone() {
		s.boot.host.note(0, s.words()+" is reset")
	}
	w.sever(s)
}

// timeOut gives a connection up that nothing comes back on: tcp(7), tcp_retries2.
func (w *World) timeOut(s *socket) {
	if s.dead {
		return
	}
	s.pending = syscall.ETIMEDOUT
	if !s.gone() {
		s.boot.host.note(0, s.words()+" times out")
	}
	w.sever(s)
}

// words names a connection of s.
func (s *socket) words() string {
	to := s.remote.String()
	if s.twin != nil && s.twin.boot.host != s.boot.host {
		to = s.twin.boot.host.name + " " + to
	}
	return "connection " + s.local.String() + " > " + to
}
