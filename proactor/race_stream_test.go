//go:build unix

package proactor

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// The stream races receive a counting pattern that a sender never stops to send,
// with timeouts so short that they often meet the data (liburing's cancel-race).
// A byte that a stopped receive swallowed is missing in the pattern, one that
// was delivered twice is doubled, and a buffer that the kernel writes to after
// its operation ended loses its poison.

// counting is the byte at a place of the stream; the period is prime.
func counting(at int) byte { return byte(at % 251) }

// A sender writes the pattern until the other end is gone, in pieces whose pace
// is about that of the timeouts.
type sender struct {
	fd   int
	done chan struct{}
}

func startSender(t testing.TB, fd int, chance *dice) *sender {
	t.Helper()
	s := &sender{fd, make(chan struct{})}
	go func() {
		defer close(s.done)
		// Of a prime length, so that pieces begin everywhere in the period.
		for at, piece := 0, make([]byte, 83); ; {
			for i := range piece {
				piece[i] = counting(at + i)
			}
			n, err := unix.SendmsgN(fd, piece, nil, nil, unix.MSG_NOSIGNAL)
			switch {
			case err == nil:
				at += n
				chance.pass(200)
			case err != unix.EINTR:
				return // the receiver is gone
			}
		}
	}()
	return s
}

// stop ends the sender from either end of its stream.
func (s *sender) stop() {
	_ = unix.Shutdown(s.fd, unix.SHUT_RDWR) // ENOTCONN if the other end is gone
	<-s.done
}

// A stream is what a receiver knows of the pattern.
type stream struct {
	testing.TB
	at      int
	buffers [][]byte // returned, poisoned, looked at later
	next    int
	counts  struct{ whole, timedOut, canceled int }
}

const streamBuffers = 32

func newStream(t testing.TB, size int) *stream {
	s := &stream{TB: t, buffers: make([][]byte, streamBuffers)}
	for i := range s.buffers {
		s.buffers[i] = make([]byte, size)
		testutil.Poison(s.buffers[i])
	}
	return s
}

// lend returns the buffer that came back longest ago.
func (s *stream) lend() []byte {
	b := s.buffers[s.next]
	s.next = (s.next + 1) % len(s.buffers)
	testutil.CheckPoison(s, b)
	clear(b)
	return b
}

// take judges a receive into b.
func (s *stream) receive(b []byte, r Result) {
	s.Helper()
	switch {
	case r.Err == nil && r.N > 0:
		s.counts.whole++
	case errors.Is(r.Err, os.ErrDeadlineExceeded):
		s.counts.timedOut++
	case isCanceled(r.Err):
		s.counts.canceled++
	default:
		s.Fatalf("receive: %d, %v", r.N, r.Err)
	}
	for i, got := range b[:r.N] {
		if got != counting(s.at+i) {
			s.Fatalf("byte %d of the stream is %d, want %d: bytes were lost or doubled", s.at+i, got, counting(s.at+i))
		}
	}
	s.at += r.N
	testutil.Poison(b)
}

// check looks at the buffers for the last time.
func (s *stream) check() {
	s.Helper()
	for _, b := range s.buffers {
		testutil.CheckPoison(s, b)
	}
	s.Logf("%d bytes; %d receives got some, %d timed out, %d were canceled",
		s.at, s.counts.whole, s.counts.timedOut, s.counts.canceled)
}

// overStreams runs a test for socketpairs and TCP, with both kinds of timeouts.
func overStreams(t *testing.T, test func(t *testing.T, config Config, fd, peer int)) {
	pairs := map[string]func(testing.TB) (int, int){"unix": testutil.SocketPair, "tcp": testutil.TCPPair}
	for name, pair := range pairs {
		t.Run(name, func(t *testing.T) {
			bothTimers(t, func(t *testing.T, config Config) {
				testutil.CheckLeaks(t)
				fd, peer := pair(t)
				test(t, config, fd, peer)
			})
		})
	}
}

// overReceives is overStreams for receives of what is there, and of all.
func overReceives(t *testing.T, test func(t *testing.T, config Config, fd, peer, flags int)) {
	for name, flags := range map[string]int{"some": 0, "waitall": unix.MSG_WAITALL} {
		t.Run(name, func(t *testing.T) {
			overStreams(t, func(t *testing.T, config Config, fd, peer int) { test(t, config, fd, peer, flags) })
		})
	}
}

func TestRaceOfReceivesWithTheirTimeouts(t *testing.T) {
	overReceives(t, func(t *testing.T, config Config, fd, peer, flags int) {
		p := newRunningAmid(t, config).p
		chance := seeded(t)
		from := startSender(t, peer, chance)
		defer from.stop()
		s, c, w := newStream(t, 509), new(Completion), newParked()
		for range rounds(2000) {
			b := s.lend()
			if err := p.RecvWithTimeout(c, fd, b[:1+chance.below(len(b))], flags, chance.micros(200), w.done); err != nil {
				t.Fatal(err)
			}
			s.receive(b, w.wait(t))
		}
		s.check()
		wantRace(t, s.counts.timedOut > 0 && s.counts.whole > 0)
	})
}

// The deadline moves and cancels come from another goroutine.
func TestRaceOfReceivesWithRequests(t *testing.T) {
	requests := map[string]func(p *Proactor, c *Completion, chance *dice){
		"RequestCancel": func(p *Proactor, c *Completion, _ *dice) { p.RequestCancel(c) },
		"Abandon":       func(p *Proactor, c *Completion, _ *dice) { p.abandon(c) },
		"SetDeadline": func(p *Proactor, c *Completion, chance *dice) {
			p.SetDeadline(c, time.Now().Add(chance.micros(100)))
		},
		"SetDeadline past": func(p *Proactor, c *Completion, _ *dice) { p.SetDeadline(c, past()) },
		"SetDeadline later": func(p *Proactor, c *Completion, chance *dice) {
			p.SetDeadline(c, time.Now().Add(time.Millisecond))
		},
	}
	overReceives(t, func(t *testing.T, config Config, fd, peer, flags int) {
		p := newRunningAmid(t, config).p
		chance := seeded(t)
		from := startSender(t, peer, chance)
		defer from.stop()
		s, c, w := newStream(t, 509), new(Completion), newParked()
		for name, request := range requests {
			quit := make(chan struct{})
			var requester sync.WaitGroup
			requester.Go(func() {
				for {
					select {
					case <-quit:
						return
					default:
						request(p, c, chance)
						chance.pass(100)
					}
				}
			})
			for range rounds(200) {
				b := s.lend()
				if err := p.RecvWithTimeout(c, fd, b[:1+chance.below(len(b))], flags, time.Millisecond, w.done); err != nil {
					t.Fatal(fmt.Errorf("%s: %w", name, err))
				}
				s.receive(b, w.wait(t))
			}
			close(quit)
			requester.Wait()
		}
		s.check()
	})
}

// Each round has a stream of its own, whose descriptor is closed under the
// receiver. What arrived by then is the beginning of the pattern.
func TestRaceOfReceivesWithCloseFD(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		p := newRunning(t, config).p
		chance := seeded(t)
		for range rounds(200) {
			fd, peer := testutil.SocketPair(t)
			from := startSender(t, peer, chance)
			s, c, w := newStream(t, 509), new(Completion), newParked()
			closed := newParked()
			testutil.Disown(t, fd)
			go func() {
				chance.pass(300)
				if err := p.CloseFD(new(Completion), fd, closed.done); err != nil {
					t.Errorf("close: %v", err)
				}
			}()
			for {
				b := s.lend()
				if err := p.RecvWithTimeout(c, fd, b, 0, chance.micros(200), w.done); err != nil {
					t.Fatal(err)
				}
				r := w.wait(t)
				if errors.Is(r.Err, os.ErrClosed) || errors.Is(r.Err, unix.EBADF) {
					testutil.Poison(b)
					break
				}
				s.receive(b, r)
			}
			if r := closed.wait(t); r.Err != nil {
				t.Errorf("close: %v", r.Err)
			}
			<-from.done // it sees that the receiver is gone
			testutil.Close(t, peer)
			for _, b := range s.buffers {
				testutil.CheckPoison(t, b)
			}
		}
	})
}
