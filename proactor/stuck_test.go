//go:build unix

package proactor

import (
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/sim"
)

// A stuckFile is a file whose disk does not answer, with a read of it under way
// that was abandoned: decision D9.
type stuckFile struct {
	*rig
	w    *sim.World
	fd   int
	read *flown
	buf  []byte
}

func newStuckFile(t *testing.T, config Config) *stuckFile {
	t.Helper()
	w := sim.New(1, sim.Options{})
	w.CreateFile("/f", []byte("abc"))
	fd, err := w.Open("/f", os.O_RDONLY)
	if err != nil {
		t.Fatal(err)
	}
	w.Stick("/f")
	p := simulate(t, config, w.Backend())
	s := &stuckFile{rig: &rig{t, p}, w: w, fd: fd, buf: make([]byte, 3)}
	s.read = s.fly(func(c *Completion, callback Callback) error { return p.Read(c, fd, s.buf, 0, callback) })
	s.read.reach(inFlight)
	s.wantStuck(0)
	p.abandon(s.read.c)
	s.wantStuck(1) // a caller that leaves finds it counted, before the loop hears of it
	s.tick()
	s.wantStuck(1)
	return s
}

func (s *stuckFile) wantStuck(want uint64) {
	s.Helper()
	if got := s.p.Stats(); got.Stuck != want {
		s.Errorf("%d operations are stuck, want %d", got.Stuck, want)
	}
}

// end lets go of the file, and checks that nothing is left, and how many results
// there were that nobody took.
func (s *stuckFile) end(abandoned uint64) {
	s.Helper()
	s.w.Unstick("/f")
	if got := s.read.land(); got.Err != nil || got.N != 3 || string(s.buf) != "abc" {
		s.Errorf("the read ended with %+v: want what the file holds, as it could not be stopped", got)
	}
	s.wantStuck(0)
	if got := s.p.Stats(); got.Abandoned != abandoned {
		s.Errorf("%d results were taken by nobody, want %d", got.Abandoned, abandoned)
	}
	if err := s.p.Close(); err != nil {
		s.Error(err)
	}
	s.empty()
}

func TestStuckCountsWhatTheKernelHasForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStuckFile(t, Config{})
		for range 3 { // once is enough
			s.p.abandon(s.read.c)
			s.tick()
		}
		s.wantStuck(1)
		if err := s.p.RunFor(time.Hour); err != nil {
			t.Fatal(err)
		}
		s.read.still()
		s.wantStuck(1)
		s.end(1)
	})
}

// Anything else goes on, and the close of the descriptor waits, whatever it is
// asked meanwhile.
func TestCloseFDWaitsForWhatIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStuckFile(t, Config{})
		closing := s.fly(func(c *Completion, callback Callback) error { return s.p.CloseFD(c, s.fd, callback) })
		for _, ask := range []func(*Completion){
			s.p.RequestCancel, s.p.abandon, func(c *Completion) { s.p.SetDeadline(c, time.Now()) },
		} {
			ask(closing.c)
			closing.still()
		}
		s.wantStuck(1)
		late := s.fly(func(c *Completion, callback Callback) error { return s.p.Fsync(c, s.fd, 0, callback) })
		s.wantClosed(late.land())
		fd, peer := s.w.Conn()
		for range 100 {
			peer.Write([]byte("x"))
			other := s.fly(func(c *Completion, callback Callback) error {
				return s.p.RecvWithTimeout(c, fd, make([]byte, 1), 0, time.Second, callback)
			})
			if got := other.land(); got.N != 1 || got.Err != nil {
				t.Fatalf("a receive beside what is stuck: %+v", got)
			}
		}
		closing.still()
		s.w.Unstick("/f")
		if got := closing.land(); got.Err != nil {
			t.Errorf("the close: %+v", got)
		}
		if s.w.CloseDescriptor(s.fd) {
			t.Error("the close closed nothing")
		}
		s.w.CloseDescriptor(fd)
		s.end(2) // the close was abandoned too
	})
}

// Close does not wait for what its caller has left, and says that what was lent is the kernel's
// for good.
func TestCloseLeavesWhatIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStuckFile(t, Config{})
		fd, _ := s.w.Conn()
		other := s.fly(func(c *Completion, callback Callback) error { return s.p.Recv(c, fd, make([]byte, 1), 0, callback) })
		other.reach(inFlight)
		start := time.Now()
		if err := s.p.Close(); err != nil {
			t.Error(err)
		}
		if d := time.Since(start); d < leaveAfter || d > 2*leaveAfter {
			t.Errorf("Close took %v, want %v", d, leaveAfter)
		}
		s.wantClosed(other.r)
		got := s.read.r
		s.wantClosed(got)
		if !errors.Is(got.Err, hook.ErrKept) {
			t.Errorf("the read that was left ended with %v", got.Err)
		}
		if errors.Is(other.r.Err, hook.ErrKept) {
			t.Errorf("the receive, that was stopped, ended with %v", other.r.Err)
		}
		s.wantStuck(0)
		s.w.Unstick("/f")
		if string(s.buf) != "\x00\x00\x00" {
			t.Errorf("the read has filled %q, whose request was given back", s.buf)
		}
		s.w.CloseDescriptor(fd)
	})
}

func TestWhatIsStuckIsNotIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStuckFile(t, Config{IdleTimeout: time.Second})
		ended := make(chan error)
		go func() { ended <- s.p.Run(t.Context()) }()
		time.Sleep(time.Hour)
		select {
		case err := <-ended:
			t.Fatalf("the proactor ended with %v while something was stuck", err)
		default:
		}
		start := time.Now()
		s.w.Unstick("/f")
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if d := time.Since(start); d != time.Second {
			t.Errorf("the proactor ended %v after it was idle, want 1s", d)
		}
		s.wantStuck(0)
		s.empty()
	})
}

// What was abandoned in line, or stopped at once, is not stuck.
func TestWhatTheKernelDoesNotHaveIsNotStuck(t *testing.T) {
	r, s := newScripted(t, Config{MaxInFlight: 1})
	recv := func(c *Completion, callback Callback) error { return r.p.Recv(c, 5, make([]byte, 1), 0, callback) }
	first, second := r.fly(recv), r.fly(recv)
	first.reach(inFlight)
	second.reach(queued)
	r.p.abandon(second.c)
	r.wantCanceled(second.land())
	stuck := func(want uint64) {
		t.Helper()
		if got := r.p.Stats().Stuck; got != want {
			t.Errorf("%d operations are stuck, want %d", got, want)
		}
	}
	stuck(0)
	r.p.abandon(first.c)
	r.tick()
	stuck(1)
	s.stop()
	r.wantCanceled(first.land())
	stuck(0)
	if err := r.p.Close(); err != nil {
		t.Error(err)
	}
	r.empty()
}

// An operation that ends while its caller leaves it is not counted for ever.
func TestStuckIsNoneInTheEnd(t *testing.T) {
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	driven := make(chan error, 1)
	go func() { driven <- p.Run(t.Context()) }()
	for range 3000 {
		c, ended := new(Completion), make(chan bool)
		if err := p.Nop(c, func(*Completion, Result) { close(ended) }); err != nil {
			t.Fatal(err)
		}
		p.abandon(c)
		<-ended
		if n := p.Stats().Stuck; n != 0 {
			t.Fatalf("%d operations are stuck, of none", n)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := <-driven; err != nil {
		t.Error(err)
	}
}
