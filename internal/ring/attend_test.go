//go:build linux

package ring

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

// What the kernel has no memory for is submitted again soon, although nothing tells of
// it.
func TestUnsubmittedIsSubmittedSoon(t *testing.T) {
	s := openSeam(t, Config{})
	full := keeper{ask: make(chan keeperCall), answer: make(chan unix.Errno)}
	go func() {
		<-full.ask
		full.answer <- unix.EAGAIN
	}()
	s.ring.keeper, s.kept = full, true
	r := s.request(backend.Request{Op: backend.OpNop, FD: -1})
	if n, err := s.Submit([]*backend.Request{r}); n != 1 || err != nil || s.ring.Pending() != 1 {
		t.Fatalf("submit: %d, %v; %d pending", n, err, s.ring.Pending())
	}
	s.ring.keeper = keeper{}
	if !s.attention {
		t.Error("nothing attends to it")
	}
	if at := s.limit(time.Time{}); at.IsZero() || time.Until(at) > unsubmittedDelay {
		t.Errorf("a wait ends at %v", at)
	}
	wantRes(t, "nop", s.result(r), 0)
}

// An operation that pauses is attended to, whatever else is under way.
func TestPauseIsAttendedTo(t *testing.T) {
	s := openSeam(t, Config{})
	r := s.boarded(s.request(backend.Request{Op: backend.OpNop, FD: -1}))
	s.attention = false
	f := s.lookup(r.Token)
	f.tries = triesAtOnce + 1
	s.retryLater(f)
	if !s.attention || s.askAt().IsZero() {
		t.Error("nothing attends to it")
	}
	wantRes(t, "nop", s.result(r), 0)
}

// An answer whose place is beyond the table moves the table, and the operation that is
// cancelled with it.
func TestCancelWithAnAnswerBeyondTheTable(t *testing.T) {
	s := openSeam(t, Config{})
	fd, _ := testutil.SocketPair(t)
	r := s.recv(fd, make([]byte, 8))
	s.submit(r)
	answer := backend.Token{Index: uint32(2*len(s.operations) + 1), Generation: 1}
	s.given[answer] = false
	if !s.Cancel(r.Token, answer) || s.lookup(r.Token).stop != stopAsked {
		t.Errorf("the operation does not know that it was asked: stop is %d", s.lookup(r.Token).stop)
	}
	wantRes(t, "recv", s.result(r), stopped)
	wantRes(t, "the answer", int32(s.event(answer).Result), 0)
}

// The scheduler is told of an enter that may take long, and of no other.
func TestWhichEntersAreHeavy(t *testing.T) {
	s := openSeam(t, Config{})
	fd, _ := testutil.SocketPair(t)
	file, _ := testutil.TempFile(t, 1)
	for name, c := range map[string]struct {
		r     backend.Request
		heavy bool
	}{
		"small receive": {backend.Request{Op: backend.OpRecv, FD: fd, Buf: make([]byte, quickBytes)}, false},
		"large receive": {backend.Request{Op: backend.OpRecv, FD: fd, Buf: make([]byte, quickBytes+1)}, true},
		"buffered read": {backend.Request{Op: backend.OpRead, FD: file, Buf: make([]byte, 1)}, true},
		"nop":           {backend.Request{Op: backend.OpNop, FD: -1}, false},
	} {
		r := s.request(c.r)
		if s.begin(r); s.heavy != c.heavy {
			t.Errorf("%s: heavy is %v", name, s.heavy)
		}
		if s.submit(); s.heavy {
			t.Errorf("%s: what comes after it is heavy", name)
		}
		s.ask(r.Token, backend.TokenNone)
		s.event(r.Token)
	}
}

// A ring that has failed is attended to, though nothing is left in its queue.
func TestFailureIsAttendedTo(t *testing.T) {
	s := openSeam(t, Config{})
	s.ring.deferred = unix.EBADR
	if _, err := s.Submit(nil); err != unix.EBADR || !s.attention {
		t.Errorf("submit: %v; attention is %v", err, s.attention)
	}
	s.failure = nil // the ring itself is well, and is closed as such
}
