//go:build linux

package ring

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

// A seam is a Backend with its contract watched: each token that was given gets
// one event, and no other token gets any.
type seam struct {
	testing.TB
	*Backend
	next   uint32
	given  map[backend.Token]bool // true: its event came
	events map[backend.Token]backend.Event
}

func openSeam(t testing.TB, c Config) *seam {
	t.Helper()
	testutil.CheckLeaks(t)
	b, err := NewBackend(c)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skipf("no io_uring here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return &seam{TB: t, Backend: b, given: map[backend.Token]bool{}, events: map[backend.Token]backend.Event{}}
}

// Name is the test's.
func (s *seam) Name() string { return s.TB.Name() }

func (s *seam) token() backend.Token {
	s.next++
	t := backend.Token{Index: s.next - 1, Generation: s.next%5 + 1}
	s.given[t] = false
	return t
}

// request makes one with a token of its own.
func (s *seam) request(r backend.Request) *backend.Request {
	r.Token = s.token()
	return &r
}

func (s *seam) recv(fd int, buf []byte) *backend.Request {
	return s.request(backend.Request{Op: backend.OpRecv, FD: fd, Buf: buf})
}

// limited gives r a time for the kernel to count.
func limited(r *backend.Request, d time.Duration) *backend.Request {
	r.Limit, r.Limited = d, true
	return r
}

// submit has the backend take all of batch.
func (s *seam) submit(batch ...*backend.Request) {
	s.Helper()
	for deadline := time.Now().Add(patience); ; {
		n, err := s.Submit(batch)
		if err != nil {
			s.Fatal(err)
		}
		if batch = batch[n:]; len(batch) == 0 {
			return
		}
		s.reap()
		if time.Now().After(deadline) {
			s.Fatalf("%d requests are not taken", len(batch))
		}
	}
}

// reap takes in what events are there.
func (s *seam) reap() {
	s.Helper()
	var events [7]backend.Event
	for n := s.Reap(events[:]); n > 0; n = s.Reap(events[:]) {
		for _, e := range events[:n] {
			switch done, known := s.given[e.Token]; {
			case !known:
				s.Errorf("event %+v for a token that nobody gave", e)
			case done:
				s.Errorf("second event %+v", e)
			}
			s.given[e.Token] = true
			s.events[e.Token] = e
		}
	}
}

// event waits for the event of a token.
func (s *seam) event(t backend.Token) backend.Event {
	s.Helper()
	for deadline := time.Now().Add(patience); !s.given[t]; {
		if time.Now().After(deadline) {
			s.Fatalf("no event for token %v", t)
		}
		s.submit()
		if err := s.Wait(time.Now().Add(10 * time.Millisecond)); err != nil {
			s.Fatal(err)
		}
		s.reap()
	}
	return s.events[t]
}

// result waits for the event of r.
func (s *seam) result(r *backend.Request) int32 { s.Helper(); return int32(s.event(r.Token).Result) }

// hasNoEvent checks that r has no event, after some rounds.
func (s *seam) hasNoEvent(r *backend.Request) {
	s.Helper()
	for range 3 {
		s.submit()
		if err := s.Wait(time.Now().Add(time.Millisecond)); err != nil {
			s.Fatal(err)
		}
		s.reap()
	}
	if s.given[r.Token] {
		s.Fatalf("%v ended with %d", r.Op, s.events[r.Token].Result)
	}
}

// ask cancels as soon as the backend has room.
func (s *seam) ask(target, answer backend.Token) {
	s.Helper()
	for range 100 {
		if s.Cancel(target, answer) {
			return
		}
		s.submit()
	}
	s.Fatal("no room for a cancel, although everything was submitted")
}

// pretend lands a result as if the kernel had posted it.
func (s *seam) pretend(userData uint64, result int32) {
	s.Helper()
	if e, ok := s.land(&CQE{UserData: userData, Res: result}); ok {
		s.given[e.Token] = true
		s.events[e.Token] = e
	}
}

// boarded makes an operation of r that the kernel never saw, with all its results
// still to come.
func (s *seam) boarded(r *backend.Request) *backend.Request {
	s.Helper()
	if !s.begin(r) {
		s.Fatal("no room")
	}
	left := s.lookup(r.Token).left
	s.ring.sq.tail -= uint32(left) // takes the submission back
	return r
}

const (
	stopped  = -int32(unix.ECANCELED)
	notThere = -int32(unix.ENOENT)
	running  = -int32(unix.EALREADY)
)
