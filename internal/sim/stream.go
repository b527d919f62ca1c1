//go:build unix

package sim

import (
	"syscall"
	"time"
)

// A stream carries bytes in one direction: through a pipe, or one way of a
// connection. Bytes are sent, travel in segments, arrive in order, and are read.
type stream struct {
	waitList // readers, writers and polls

	arrived []byte // and not read yet
	wire    int    // sent and not arrived
	limit   int    // of both together
	last    int64  // when the latest segment arrives
	cuts    int    // how often what travelled was lost
	id      object
	sent    uint64 // segments and ends so far

	ended   bool // the end has arrived: nothing comes after what is there
	ending  bool // the writer has sent the end
	deaf    bool // the reader wants no more, and sees the end
	orphan  bool // the reader is gone: nothing can be sent
	written int  // bytes sent in all
	read    int  // bytes read in all
}

func (w *World) newStream(id object) *stream {
	return &stream{limit: w.opt.StreamBuffer, id: id}
}

// room is how many bytes can be sent without waiting.
func (s *stream) room() int { return max(0, s.limit-len(s.arrived)-s.wire) }

// put sends what there is room for, and returns how much that was.
func (w *World) put(s *stream, data []byte) int {
	n := min(len(data), s.room())
	for sent := 0; sent < n; {
		size := w.opt.Segment.at(w.draw(s.id, chanceSegment, s.sent), n-sent)
		w.travel(s, append([]byte(nil), data[sent:sent+size]...))
		sent += size
	}
	s.written += n
	return n
}

// travel has a segment arrive in its time, and not before the one ahead of it.
func (w *World) travel(s *stream, segment []byte) {
	cuts := s.cuts
	s.wire += len(segment)
	w.inTurn(s, func() {
		if s.cuts != cuts {
			return
		}
		s.wire -= len(segment)
		s.arrived = append(s.arrived, segment...)
		w.touch(&s.waitList)
	})
}

// end sends the end of the stream after the bytes.
func (w *World) end(s *stream) {
	if s.ending {
		return
	}
	s.ending = true
	cuts := s.cuts
	w.inTurn(s, func() {
		if s.cuts == cuts {
			s.ended = true
			w.touch(&s.waitList)
		}
	})
	w.touch(&s.waitList)
}

// inTurn does what follows on the stream after a travel's time.
func (w *World) inTurn(s *stream, do func()) {
	s.sent++
	s.last = max(s.last, w.now+int64(w.opt.WireDelay.even().at(w.draw(s.id, chanceLatency, s.sent))))
	w.after(time.Duration(s.last-w.now), s.id, do)
}

// cut ends the stream without what is still on its way.
func (w *World) cut(s *stream) {
	s.cuts++
	s.wire = 0
	s.ended, s.ending, s.orphan = true, true, true
	w.touch(&s.waitList)
}

// abandon is the end of the stream's reader.
func (w *World) abandon(s *stream) {
	s.orphan = true
	w.touch(&s.waitList)
}

// take reads up to n bytes of what has arrived.
func (w *World) take(s *stream, n int, peek bool) []byte {
	n = min(n, len(s.arrived))
	data := append([]byte(nil), s.arrived[:n]...)
	if !peek {
		s.arrived = s.arrived[n:]
		s.read += n
		w.touch(&s.waitList)
	}
	return data
}

// readStream is a read or receive. The stream's error, if it has a place for
// one, comes after the bytes that arrived.
func (w *World) readStream(f *flight, s *stream, pending *syscall.Errno) (int, bool) {
	want := f.capacity() - len(f.data)
	if n := min(want, len(s.arrived)); n > 0 {
		if !f.whole() {
			n = f.luck.shortened(n)
		}
		f.data = append(f.data, w.take(s, n, f.peeks())...)
		want -= n
	}
	switch {
	case want == 0, len(f.data) > 0 && (!f.whole() || f.peeks()):
		return done(len(f.data))
	case pending != nil && *pending != 0 && len(f.data) == 0:
		errno := *pending
		*pending = 0
		return fail(errno)
	case s.ended, s.deaf:
		return done(len(f.data))
	}
	return f.wait(&s.waitList)
}

// writeStream is a write or send. It goes on until all is sent.
func (w *World) writeStream(f *flight, s *stream, pending *syscall.Errno) (int, bool) {
	switch {
	case pending != nil && *pending != 0 && f.moved == 0:
		errno := *pending
		*pending = 0
		return fail(errno)
	case (s.orphan || s.ending) && f.moved > 0:
		return done(f.moved)
	case s.orphan || s.ending:
		return fail(syscall.EPIPE)
	}
	data := f.payload()
	if f.luck.part < 1 && f.moved == 0 {
		data = data[:f.luck.shortened(len(data))]
	}
	f.moved += w.put(s, data)
	if f.moved == f.capacity() || f.moved > 0 && f.luck.part < 1 {
		return done(f.moved)
	}
	return f.wait(&s.waitList)
}
