//go:build unix

package proactor

import (
	"errors"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// A drain reads a stream slowly and compares it with the pattern.
type drain struct {
	got  chan int // how much arrived, at the end of the stream
	fail chan int // the place of the first wrong byte
}

func startDrain(fd int, chance *dice) *drain {
	d := &drain{make(chan int, 1), make(chan int, 1)}
	go func() {
		at := 0
		defer func() { d.got <- at }()
		for buf := make([]byte, 30<<10); ; {
			n, err := unix.Read(fd, buf[:1+chance.below(len(buf))])
			if err == unix.EINTR {
				continue
			}
			if err != nil || n == 0 {
				return
			}
			for i, b := range buf[:n] {
				if b != counting(at+i) {
					select {
					case d.fail <- at + i:
					default:
					}
				}
			}
			at += n
			chance.pass(100) // the point: it is slow
		}
	}()
	return d
}

func (d *drain) wait(t testing.TB) int {
	t.Helper()
	got := <-d.got
	select {
	case at := <-d.fail:
		t.Errorf("byte %d of the stream is not the one that was sent there", at)
	default:
	}
	return got
}

// The N of each send is what the peer gets, whether a timeout stopped it or not:
// the next send goes on from there.
func TestRaceOfSendsWithTheirTimeouts(t *testing.T) {
	sends := map[string]func(p *Proactor, c *Completion, fd int, b []byte, d time.Duration, callback Callback) error{
		"send": func(p *Proactor, c *Completion, fd int, b []byte, d time.Duration, callback Callback) error {
			return p.SendWithTimeout(c, fd, b, 0, d, callback)
		},
		"sendmsg": func(p *Proactor, c *Completion, fd int, b []byte, d time.Duration, callback Callback) error {
			m := &Message{Buffers: [][]byte{b[:len(b)/3], b[len(b)/3:]}}
			return p.SendMsgWithTimeout(c, fd, m, 0, d, callback)
		},
		"write": func(p *Proactor, c *Completion, fd int, b []byte, d time.Duration, callback Callback) error {
			c.SetTimeout(d)
			return p.Write(c, fd, b, CurrentPosition, callback)
		},
	}
	for name, send := range sends {
		t.Run(name, func(t *testing.T) {
			overStreams(t, func(t *testing.T, config Config, fd, peer int) {
				p := newRunningAmid(t, config).p
				chance := seeded(t)
				smallBuffers(t, fd, peer, 16<<10)
				to := startDrain(peer, chance)
				at, short := 0, 0
				buf := make([]byte, 100<<10)
				c, w := new(Completion), newParked()
				for range rounds(200) {
					b := buf[:1+chance.below(len(buf))]
					for i := range b {
						b[i] = counting(at + i)
					}
					if err := send(p, c, fd, b, chance.micros(200), w.done); err != nil {
						t.Fatal(err)
					}
					r := w.wait(t)
					at += r.N
					switch {
					case r.Err == nil && r.N != len(b):
						t.Fatalf("%d of %d bytes without an error", r.N, len(b))
					case r.Err != nil && !errors.Is(r.Err, os.ErrDeadlineExceeded):
						t.Fatalf("%d of %d bytes, %v", r.N, len(b), r.Err)
					case r.Err != nil && r.N == len(b):
						t.Fatalf("all of %d bytes, and %v", r.N, r.Err)
					case r.Err != nil:
						short++
					}
				}
				if err := unix.Shutdown(fd, unix.SHUT_WR); err != nil {
					t.Fatal(err)
				}
				if got := to.wait(t); got != at {
					t.Errorf("%d bytes arrived, the sends report %d", got, at)
				}
				t.Logf("%d bytes; %d sends were cut short", at, short)
				wantRace(t, short > 0)
			})
		})
	}
}

func TestRaceOfWritesToAPipeWithTheirTimeouts(t *testing.T) {
	p := newRunning(t, Config{}).p
	peer, fd := testutil.Pipe(t)
	chance := seeded(t)
	to := startDrain(peer, chance)
	at := 0
	c, w := new(Completion), newParked()
	for range rounds(400) {
		b := make([]byte, 1+chance.below(50<<10))
		for i := range b {
			b[i] = counting(at + i)
		}
		c.SetTimeout(chance.micros(200))
		if err := p.Write(c, fd, b, CurrentPosition, w.done); err != nil {
			t.Fatal(err)
		}
		r := w.wait(t)
		if at += r.N; r.Err != nil && !isTimedOut(r.Err) || r.Err == nil && r.N != len(b) {
			t.Fatalf("%d of %d bytes, %v", r.N, len(b), r.Err)
		}
	}
	testutil.Close(t, fd)
	if got := to.wait(t); got != at {
		t.Errorf("%d bytes arrived, the writes report %d", got, at)
	}
}

// smallBuffers leaves little room on the way from fd to peer.
func smallBuffers(t testing.TB, fd, peer, size int) {
	t.Helper()
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, size); err != nil {
		t.Fatal(err)
	}
	if err := unix.SetsockoptInt(peer, unix.SOL_SOCKET, unix.SO_RCVBUF, size); err != nil {
		t.Fatal(err)
	}
}
