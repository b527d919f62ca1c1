//go:build linux

package ring

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

// inTime runs f, which must end.
func inTime(t testing.TB, what string, f func() error) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	case <-time.After(patience):
		t.Fatalf("%s: not within %v", what, patience)
	}
}

func forever(s *seam) func() error { return func() error { return s.Wait(time.Time{}) } }

func TestWakeBeforeWaitEndsIt(t *testing.T) {
	s := openSeam(t, Config{})
	for range 100 {
		s.Wake()
		s.Wake() // two are one
		inTime(t, "the wait after a wake", forever(s))
	}
}

func TestWakeEndsWait(t *testing.T) {
	s := openSeam(t, Config{})
	var wakers sync.WaitGroup
	quit := make(chan struct{})
	wakers.Go(func() {
		for {
			select {
			case <-quit:
				return
			default:
				s.Wake()
				runtime.Gosched()
			}
		}
	})
	for range 300 {
		inTime(t, "a wait", forever(s))
	}
	close(quit)
	wakers.Wait()
}

// Each wake is answered by one that waits for it: none is lost between the look
// and the wait.
func TestWakeIsNeverLost(t *testing.T) {
	s := openSeam(t, Config{})
	work := make(chan int, 1)
	const n = 5000
	go func() {
		for i := range n {
			work <- i
			s.Wake()
		}
	}()
	inTime(t, "all the work", func() error {
		for got := 0; got < n; {
			select {
			case <-work:
				got++
			default:
				if err := s.Wait(time.Time{}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func TestWaitEndsAtItsDeadline(t *testing.T) {
	s := openSeam(t, Config{})
	for _, d := range []time.Duration{-time.Hour, 0, time.Millisecond, 5 * time.Millisecond} {
		deadline := time.Now().Add(d)
		inTime(t, "a wait with a deadline", func() error {
			for time.Now().Before(deadline) { // it may return early
				if err := s.Wait(deadline); err != nil {
					return err
				}
			}
			return s.Wait(deadline)
		})
	}
}

// A deadline that has passed does not end the waits after it, each at once.
func TestWaitDoesNotSpinAfterADeadline(t *testing.T) {
	s := openSeam(t, Config{})
	if err := s.Wait(time.Now()); err != nil {
		t.Fatal(err)
	}
	waits := 0
	for deadline := time.Now().Add(20 * time.Millisecond); time.Now().Before(deadline); waits++ {
		if err := s.Wait(deadline); err != nil {
			t.Fatal(err)
		}
	}
	if waits > 50 {
		t.Errorf("%d waits until one deadline", waits)
	}
}

// Deadlines do not outlive their wait.
func TestWaitAfterAnotherDeadline(t *testing.T) {
	fd, peer := testutil.SocketPair(t)
	s := openSeam(t, Config{})
	for i, d := range []time.Duration{time.Millisecond, 0, time.Hour, 2 * time.Millisecond, 0} {
		deadline := time.Time{}
		if d != 0 {
			deadline = time.Now().Add(d)
		}
		r := s.recv(fd, make([]byte, 1))
		s.submit(r)
		if i%2 == 0 {
			s.Wake()
		}
		mustWrite(t, peer, "x")
		inTime(t, "results", func() error {
			for !s.given[r.Token] {
				if err := s.Wait(deadline); err != nil {
					return err
				}
				s.reap()
			}
			return nil
		})
		wantRes(t, "recv", s.result(r), 1)
	}
}

func TestWaitEndsWhenAnEventIsThere(t *testing.T) {
	fd, peer := testutil.SocketPair(t)
	s := openSeam(t, Config{})
	for range 300 {
		r := s.recv(fd, make([]byte, 1))
		s.submit(r)
		go func() { _, _ = unix.Write(peer, []byte{1}) }()
		inTime(t, "a wait for data", func() error {
			for !s.given[r.Token] {
				if err := s.Wait(time.Time{}); err != nil {
					return err
				}
				s.reap()
			}
			return nil
		})
	}
}

// What the kernel has no part in is an event, too.
func TestWaitSeesWhatIsNotFromTheKernel(t *testing.T) {
	s := openSeam(t, Config{})
	s.Cancel(backend.Token{Index: 9, Generation: 9}, s.token())
	inTime(t, "a wait with an answer there", forever(s))
	s.reap()
	s.boarded(s.request(backend.Request{Op: backend.OpNop, FD: -1}))
	r := s.request(backend.Request{Op: backend.OpNop, FD: -1})
	s.boarded(r)
	s.pretend(userData(r.Token), stopped)
	inTime(t, "a wait with a request to submit again", forever(s))
	s.live = 0 // the kernel has nothing
}

func TestWakeAfterClose(t *testing.T) {
	s := openSeam(t, Config{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.Wake()
	var wakers sync.WaitGroup
	for range 4 {
		wakers.Go(s.Wake)
	}
	wakers.Wait()
}

func TestWakeWhileClosing(t *testing.T) {
	for range 50 {
		b, err := NewBackend(Config{})
		if err != nil {
			t.Skipf("no io_uring here: %v", err)
		}
		var wakers sync.WaitGroup
		for range 2 {
			wakers.Go(func() {
				for range 50 {
					b.Wake()
				}
			})
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		wakers.Wait()
	}
}
