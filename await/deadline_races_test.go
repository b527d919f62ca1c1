//go:build unix

package await

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A lead is how long one of two that race waits, so that each wins about as often
// as the other: it moves towards the loser, faster the longer the same one wins.
type lead struct {
	of   time.Duration // the first's; below zero it is the second that waits
	step time.Duration
	last bool
}

const leadStep = 200 * time.Nanosecond

func (l *lead) won(first bool) {
	if first != l.last || l.step == 0 {
		l.step = leadStep
	} else {
		l.step *= 2
	}
	l.last = first
	if first {
		l.of -= l.step
	} else {
		l.of += l.step
	}
}

// spin waits for less than a timer can.
func spin(d time.Duration) {
	for from := time.Now(); time.Since(from) < d; {
		runtime.Gosched()
	}
}

// What a server's read in the background goes through with each request: it is
// stopped just when, perhaps, the next request's first byte comes. Neither may
// win always: that would be no race.
func TestDeadlineRacesWithTheNextByte(t *testing.T) {
	const rounds, atLeast = 500, 20
	eachPair(t, func(t *testing.T, aio *IO, a, b net.Conn) {
		var stop lead
		var stopped int
		for i := range rounds {
			won := stopAgainstByte(t, aio, a, b, byte(i), stop.of)
			stop.won(won)
			if won {
				stopped++
			}
		}
		t.Logf("%d of %d reads were stopped", stopped, rounds)
		if stopped < atLeast || rounds-stopped < atLeast {
			t.Errorf("%d of %d reads were stopped, want at least %d of each", stopped, rounds, atLeast)
		}
	})
}

// stopAgainstByte stops a read of a while b sends x, and reports whether the stop
// came first. The byte is there then for the next read.
func stopAgainstByte(t *testing.T, aio *IO, a, b net.Conn, x byte, lead time.Duration) (stopped bool) {
	t.Helper()
	var p [1]byte
	read := later(func() (int, error) { return a.Read(p[:]) })
	waitUnderWay(t, aio, 1)
	written := later(func() (int, error) {
		spin(lead)
		return b.Write([]byte{x})
	})
	spin(-lead)
	must(t, a.SetReadDeadline(past))
	o := receive(t, read, "end of the read")
	must(t, a.SetReadDeadline(time.Time{}))
	if stopped = o.err != nil; stopped {
		wantPassed(t, o.err)
		if o.n != 0 {
			t.Fatalf("a read was stopped and has %d bytes", o.n)
		}
		o.n, o.err = a.Read(p[:])
	}
	wantCount(t, "Read", o.n, o.err, 1)
	if p[0] != x {
		t.Fatalf("got byte %d, want %d", p[0], x)
	}
	must(t, receive(t, written, "end of the write").err)
	return stopped
}

// A tormented is a stream whose two ends are stopped all the time.
type tormented struct {
	io            *IO
	reads, writes atomic.Int64 // that were under way when they were stopped
	full          atomic.Bool  // nothing is read, so that a write has to wait
	enough        chan struct{}
	sent, got     []byte // checksums
}

// No byte is lost, and none comes twice, however often both ends are stopped.
func TestDeadlinesThatMoveAllTheTime(t *testing.T) {
	eachPair(t, func(t *testing.T, io *IO, a, b net.Conn) {
		must(t, errors.Join(a.(*Conn).SetReadBuffer(1<<16), b.(*Conn).SetWriteBuffer(1<<16)))
		s := tormented{io: io, enough: make(chan struct{})}
		var streams, hammers sync.WaitGroup
		giveUp := time.Now().Add(patience)
		for _, c := range []net.Conn{a, a, b, b} {
			hammers.Go(func() { s.moveDeadlines(t, c, giveUp) })
		}
		streams.Go(func() { s.send(t, b) })
		streams.Go(func() { s.receive(t, a) })
		hammers.Wait()
		close(s.enough)
		streams.Wait()
		t.Logf("%d reads and %d writes were stopped under way", s.reads.Load(), s.writes.Load())
		if !bytes.Equal(s.got, s.sent) {
			t.Error("what has arrived is not what was sent")
		}
	})
}

// moveDeadlines moves c's deadlines into the past and away again, until enough
// was stopped by that.
func (s *tormented) moveDeadlines(t *testing.T, c net.Conn, giveUp time.Time) {
	const enough = 20
	sets := []func(time.Time) error{c.SetReadDeadline, c.SetWriteDeadline, c.SetDeadline}
	for i := 0; s.reads.Load() < enough || s.writes.Load() < enough; i++ {
		for _, at := range []time.Time{past, time.Now().Add(time.Millisecond), {}} {
			if err := sets[i%len(sets)](at); err != nil {
				t.Error(err)
			}
			runtime.Gosched() // what this stops is to see it, and the streams are to get into their calls again
		}
		if time.Now().After(giveUp) {
			t.Errorf("only %d reads and %d writes were stopped", s.reads.Load(), s.writes.Load())
			break
		}
	}
	if err := c.SetDeadline(time.Time{}); err != nil {
		t.Error(err)
	}
}

// A callStart is how many operations were stopped when a call began, and when that was.
type callStart struct {
	stopped uint64
	at      time.Time
}

func (s *tormented) begin() callStart { return callStart{s.io.Stats().TimedOut, time.Now()} }

// underWay counts a call that was stopped, unless its deadline had passed before: then no operation
// was, and it took no time. A receive that waits on epoll and kqueue is no operation of a proactor.
func (s *tormented) underWay(count *atomic.Int64, err error, from callStart) {
	const noTime = 50 * time.Microsecond
	if errors.Is(err, os.ErrDeadlineExceeded) && (s.io.Stats().TimedOut > from.stopped || time.Since(from.at) > noTime) {
		count.Add(1)
	}
}

// send writes in pieces until there were enough, and then closes c. In turn, a
// write has to wait until it is stopped, and a read has to.
func (s *tormented) send(t *testing.T, c net.Conn) {
	defer c.Close()
	h := sha256.New()
	defer func() { s.sent = h.Sum(nil) }()
	for i := range uint64(1 << 20) {
		writes, reads := s.writes.Load(), s.reads.Load()
		s.full.Store(true)
		if !s.sendPiece(t, c, h, noise(i, 1<<20), writes) {
			return
		}
		if !s.wait(func() bool { return s.reads.Load() > reads }) || !s.sendPiece(t, c, h, noise(i, 1+int(i)), writes) {
			return
		}
	}
}

// sendPiece writes all of a piece, whatever stops it: what has not gone out it
// sends again. The reader goes on when a write was stopped.
func (s *tormented) sendPiece(t *testing.T, c net.Conn, h io.Writer, rest []byte, writes int64) bool {
	for len(rest) > 0 {
		from := s.begin()
		n, err := c.Write(rest)
		_, _ = h.Write(rest[:n]) // a hash never fails
		rest = rest[n:]
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
			return false
		}
		s.underWay(&s.writes, err, from)
		if s.writes.Load() > writes {
			s.full.Store(false)
		}
	}
	return true
}

// wait waits for something, and reports false if there was enough before.
func (s *tormented) wait(until func() bool) bool {
	for !until() {
		select {
		case <-s.enough:
			return false
		default:
			runtime.Gosched()
		}
	}
	return true
}

// receive reads c to its end, whatever stops it.
func (s *tormented) receive(t *testing.T, c net.Conn) {
	h := sha256.New()
	p := make([]byte, 10_000)
	for {
		s.wait(func() bool { return !s.full.Load() })
		from := s.begin()
		n, err := c.Read(p)
		_, _ = h.Write(p[:n]) // a hash never fails
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			s.underWay(&s.reads, err, from)
		case errors.Is(err, io.EOF):
			s.got = h.Sum(nil)
			return
		case err != nil:
			t.Error(err)
			return
		}
	}
}
