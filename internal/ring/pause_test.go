//go:build linux

package ring

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

// What a signal interrupts each time is never told to have failed with EINTR. It pauses,
// and ends at once when it is asked to stop.
func TestOperationInterruptedForEverPauses(t *testing.T) {
	s := openSeam(t, Config{})
	fd, _ := testutil.SocketPair(t)
	r := s.boarded(s.recv(fd, make([]byte, 8)))
	for n := range triesMax + 10 {
		s.lookup(r.Token).left = 1 // as after it was submitted again
		s.pretend(userData(r.Token), neg(unix.EINTR))
		if s.given[r.Token] {
			t.Fatalf("it ended after %d tries with %d", n, s.events[r.Token].Result)
		}
		if pauses := n >= triesAtOnce; pauses != (len(s.paused) == 1) || pauses != (len(s.again) == 0) {
			t.Fatalf("after %d tries %d pause and %d are to be submitted", n+1, len(s.paused), len(s.again))
		}
		s.again, s.paused = s.again[:0], s.paused[:0]
	}
	s.lookup(r.Token).left = 1
	s.pretend(userData(r.Token), neg(unix.EINTR))
	s.ask(r.Token, backend.TokenNone)
	if len(s.paused) != 0 {
		t.Error("it pauses although it was asked to stop")
	}
	wantRes(t, "recv", s.result(r), stopped)
}

// A hang-up that no attempt clears has the operation pause as well, and go on after it.
func TestOperationHungUpPauses(t *testing.T) {
	s := openSeam(t, Config{})
	fd, peer := testutil.SocketPair(t)
	r := s.boarded(s.recv(fd, make([]byte, 8)))
	for n := 0; len(s.paused) == 0; n++ {
		if n > triesAtOnce {
			t.Fatalf("no pause after %d tries", n)
		}
		s.again = s.again[:0]
		s.lookup(r.Token).left = 1
		s.pretend(userData(r.Token), neg(unix.EAGAIN))
		s.again = s.again[:0]
		s.lookup(r.Token).left = 1
		s.pretend(userData(r.Token), unix.POLLHUP)
	}
	mustWrite(t, peer, "data")
	wantRes(t, "recv", s.result(r), 4)
}
