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

	id       object
	path     *path   // of a connection by TCP; nil for what never leaves its host
	from, to *socket // likewise

	arrived []byte
	records []int  // where it keeps the bounds of what is sent: the sizes of those that arrived
	bounded bool   // it keeps them
	wire    int    // bytes sent that the sender does not know to have arrived
	limit   int    // of both together
	last    int64  // when the latest segment arrives
	cuts    int    // how often what travelled was lost
	sent    uint64 // segments and ends so far
	stall   *stall // what does not get through; nil while all does
	acks    *acks  // what got through, and the sender does not know

	// What the reader's side knows.
	ended bool // the end has arrived: nothing comes after what is there
	deaf  bool // the reader wants no more, and sees the end

	// What the writer's side knows.
	ending bool // it has sent the end
	orphan bool // the reader is gone: nothing can be sent

	written int // bytes sent in all
	read    int // bytes read in all
}

func (w *World) newStream(id object) *stream {
	return &stream{limit: w.opt.StreamBuffer, id: id}
}

// room is how many bytes can be sent without waiting.
func (s *stream) room() int { return max(0, s.limit-len(s.arrived)-s.wire) }

// segmentMax is how much of a connection one packet has at most.
const segmentMax = 16 << 10

// A segment is a piece of a stream on its way.
type segment struct {
	n     uint64 // which of the stream
	tries uint64 // that were lost
	kind  PacketKind
	data  []byte
	do    func() // in place of what a segment does otherwise, when it arrives

	flies  bool // it is on its way
	landed bool // it is there, and may wait for one before it
}

// put sends what there is room for, and returns how much that was.
func (w *World) put(s *stream, data []byte) int {
	n := min(len(data), s.room())
	most := n
	if s.path != nil && s.path.from != s.path.to {
		most = min(n, segmentMax)
	}
	for sent := 0; sent < n; {
		size := min(most, n-sent)
		if !s.bounded {
			size = w.opt.Segment.at(w.draw(s.id, chanceSegment, s.sent), size)
		}
		piece := append([]byte(nil), data[sent:sent+size]...)
		s.wire += size
		w.travel(s, &segment{kind: PacketData, data: piece})
		sent += size
	}
	s.written += n
	return n
}

// end sends the end of the stream after the bytes.
func (w *World) end(s *stream) {
	if s.ending {
		return
	}
	s.ending = true
	w.travel(s, &segment{kind: PacketEnd})
	w.touch(&s.waitList)
}

// travel has a segment arrive in its time, and not before the one ahead of it.
func (w *World) travel(s *stream, g *segment) {
	s.sent++
	g.n = s.sent
	if s.path != nil {
		w.sendSegment(s, g)
		return
	}
	delay := time.Duration(0)
	if w.opt.WireDelay != (Span{}) {
		delay = w.opt.WireDelay.even().at(w.draw(s.id, chanceLatency, s.sent))
	}
	w.inTurn(s, w.now+int64(delay), func() { w.arriveSegment(s, g) })
}

// inTurn does what follows on the stream at an instant, or after what is ahead of it.
func (w *World) inTurn(s *stream, at int64, do func()) {
	s.last = max(s.last, at)
	if s.last <= w.now {
		do()
		return
	}
	cuts := s.cuts
	w.at(s.last, s.id, func() {
		if s.cuts == cuts {
			do()
		}
	})
}

// arriveSegment is what a segment does where it arrives.
func (w *World) arriveSegment(s *stream, g *segment) {
	switch {
	case g.do != nil:
		g.do()
		return
	case g.kind == PacketEnd:
		s.ended = true
	default:
		s.arrived = append(s.arrived, g.data...)
		if s.bounded {
			s.records = append(s.records, len(g.data))
		}
		w.acknowledge(s, len(g.data))
	}
	w.touch(&s.waitList)
}

// cut ends the stream, at both of its ends and without what is still on its way.
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

// take reads up to n bytes of what has arrived: of one record, where the stream has those.
func (w *World) take(s *stream, n int, peek bool) []byte {
	gone := min(n, len(s.arrived))
	if s.bounded && len(s.records) > 0 {
		gone = s.records[0]
		n = min(n, gone)
	}
	n = min(n, len(s.arrived))
	data := append([]byte(nil), s.arrived[:n]...)
	if peek {
		return data
	}
	s.arrived = s.arrived[gone:]
	if len(s.arrived) == 0 {
		s.arrived = nil // and not what was read keep memory
	}
	if s.bounded && len(s.records) > 0 {
		s.records = s.records[1:]
	}
	s.read += gone
	w.touch(&s.waitList)
	return data
}

// there reports whether a read finds something.
func (s *stream) there() bool { return len(s.arrived) > 0 || len(s.records) > 0 }

// readStream is a read or receive. The stream's error, if it has a place for
// one, comes after the bytes that arrived.
func (w *World) readStream(f *flight, s *stream, pending *syscall.Errno) (int, bool) {
	if s.bounded && s.there() {
		return w.readRecord(f, s)
	}
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

// readRecord is a read of what keeps bounds: the rest of a record that does not fit is lost.
func (w *World) readRecord(f *flight, s *stream) (int, bool) {
	size := s.records[0]
	f.data = w.take(s, f.capacity(), f.peeks())
	if len(f.data) < size {
		f.flags = msgTrunc
	}
	return done(len(f.data))
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
	case s.bounded:
		return w.writeRecord(f, s)
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

// writeRecord sends all as one, or waits.
func (w *World) writeRecord(f *flight, s *stream) (int, bool) {
	data := f.payload()
	switch {
	case len(data) > s.limit:
		return fail(syscall.EMSGSIZE)
	case len(data) == 0 && s.room() > 0:
		w.travel(s, &segment{kind: PacketData})
	case len(data) > s.room():
		return f.wait(&s.waitList)
	default:
		w.put(s, data)
	}
	return done(len(data))
}
