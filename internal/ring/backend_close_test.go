//go:build linux

package ring

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

func TestBackendCloseTwice(t *testing.T) {
	s := openSeam(t, Config{})
	for range 3 {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}

// closing checks that Close ends, with nothing left of what was in flight;
// CheckLeaks sees descriptors and mappings.
func (s *seam) closing() {
	s.Helper()
	inTime(s, "close", s.Close)
	if s.live != 0 {
		s.Errorf("%d requests are left in flight", s.live)
	}
}

func TestBackendCloseStopsWhatIsInFlight(t *testing.T) {
	for _, c := range []Config{{}, {Entries: 1}, {Entries: 1, CompletionEntries: 2}} {
		fd, peer := testutil.SocketPair(t)
		connecting, addr := fullListener(t)
		s := openSeam(t, c)
		buf := make([]byte, 100)
		testutil.Poison(buf)
		for i := range 100 {
			r := s.recv(fd, buf[i:i+1])
			if i%2 == 0 {
				limited(r, time.Hour)
			}
			s.submit(r)
		}
		s.submit(s.request(backend.Request{Op: backend.OpConnect, FD: connecting, Name: addr}))
		s.closing()
		mustWrite(t, peer, "for nobody")
		testutil.CheckPoison(t, buf)
	}
}

// The kernel accepted before Close stopped it; nobody has the descriptor.
func TestBackendCloseClosesWhatWasAccepted(t *testing.T) {
	listener, addr := testutil.Listener(t)
	s := openSeam(t, Config{})
	for range 5 {
		s.submit(s.request(backend.Request{Op: backend.OpAccept, FD: listener}))
	}
	for range 5 {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		testutil.Own(t, fd)
		if err := unix.Connect(fd, &unix.SockaddrInet4{Port: addr.Port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			t.Fatal(err)
		}
	}
	s.submit(s.request(backend.Request{Op: backend.OpSocket, FD: -1, Mode: unix.AF_UNIX, Flags: unix.SOCK_STREAM}))
	s.closing()
}

// Requests that the kernel is yet to be given again end with Close, too, and an
// answer that nobody reaped is not taken for a descriptor.
func TestBackendCloseWithARequestOutsideTheKernel(t *testing.T) {
	for name, answered := range map[string]bool{"": false, "answered": true} {
		t.Run(name, func(t *testing.T) {
			s := openSeam(t, Config{})
			stdin, err := unix.FcntlInt(0, unix.F_GETFD, 0)
			answers := []backend.Token{s.usedByAccept(), backend.Token{Index: 1000, Generation: 1}}
			for _, answer := range answers {
				r := s.boarded(s.request(backend.Request{Op: backend.OpNop, FD: -1}))
				s.pretend(userData(r.Token), stopped)
				if answered {
					s.Cancel(r.Token, answer)
				}
			}
			s.closing()
			if now, nowErr := unix.FcntlInt(0, unix.F_GETFD, 0); now != stdin || nowErr != err {
				t.Errorf("descriptor 0 was %d, %v and is %d, %v", stdin, err, now, nowErr)
			}
		})
	}
}

// usedByAccept returns a token for a place that an accept had before.
func (s *seam) usedByAccept() backend.Token {
	s.Helper()
	listener, _ := testutil.Listener(s)
	r := s.request(backend.Request{Op: backend.OpAccept, FD: listener})
	s.submit(r)
	s.ask(r.Token, backend.TokenNone)
	wantRes(s, "accept", s.result(r), stopped)
	answer := backend.Token{Index: r.Token.Index, Generation: r.Token.Generation + 1}
	s.given[answer] = false
	return answer
}

func TestBackendCloseWithSomethingInTheQueue(t *testing.T) {
	fd, _ := testutil.SocketPair(t)
	s := openSeam(t, Config{})
	r := s.recv(fd, make([]byte, 8))
	if !s.begin(r) { // and not flushed
		t.Fatal("no room")
	}
	s.closing()
}
