//go:build linux

package ring

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

func TestBackendCancelStopsWhatIsInFlight(t *testing.T) {
	for name, limit := range map[string]bool{"": false, "limited": true} {
		t.Run(name, func(t *testing.T) {
			fd, peer := testutil.SocketPair(t)
			s := openSeam(t, Config{})
			r := s.recv(fd, make([]byte, 8))
			if limit {
				limited(r, time.Hour)
			}
			s.submit(r)
			s.hasNoEvent(r)
			answer := s.token()
			s.ask(r.Token, answer)
			wantRes(t, "the target", s.result(r), stopped)
			wantRes(t, "the answer", int32(s.event(answer).Result), 0)
			if s.events[r.Token].Flags != 0 {
				t.Error("a cancel is told as a timeout")
			}
			mustWrite(t, peer, "x") // for nobody
			s.submit()
			s.reap()
		})
	}
}

func TestBackendCancelOfTheUnknownIsAnswered(t *testing.T) {
	s := openSeam(t, Config{})
	ended := s.request(backend.Request{Op: backend.OpNop, FD: -1})
	s.submit(ended)
	s.result(ended)
	for _, target := range []backend.Token{ended.Token, backend.Token{Index: 5000, Generation: 3}, backend.Token{Index: 0, Generation: 77}} {
		answer := s.token()
		s.ask(target, answer)
		wantRes(t, "the answer", int32(s.event(answer).Result), notThere)
		s.ask(target, backend.TokenNone) // and nothing comes of it
		s.submit()
		s.reap()
	}
}

// An answer is no request: it cannot be cancelled, nor does asking harm it.
func TestBackendCancelOfAnAnswer(t *testing.T) {
	fd, _ := testutil.SocketPair(t)
	s := openSeam(t, Config{})
	r := s.recv(fd, make([]byte, 8))
	s.submit(r)
	first, second := s.token(), s.token()
	s.ask(r.Token, first)
	s.ask(first, second)
	wantRes(t, "the answer about the answer", int32(s.event(second).Result), notThere)
	wantRes(t, "the answer", int32(s.event(first).Result), 0)
	wantRes(t, "the target", s.result(r), stopped)
}

func TestBackendCancelTwice(t *testing.T) {
	fd, _ := testutil.SocketPair(t)
	s := openSeam(t, Config{})
	r := s.recv(fd, make([]byte, 8))
	s.submit(r)
	first, second := s.token(), s.token()
	s.ask(r.Token, first)
	s.ask(r.Token, backend.TokenNone)
	s.ask(r.Token, second)
	wantRes(t, "the target", s.result(r), stopped)
	wantRes(t, "the first answer", int32(s.event(first).Result), 0)
	wantRes(t, "the second answer", int32(s.event(second).Result), 0, notThere, running)
}

// A connect to a unix socket whose backlog is full waits in a worker thread:
// that is running, and stops all the same.
func TestBackendCancelOfWhatAWorkerDoes(t *testing.T) {
	for name, answered := range map[string]bool{"silent": false, "answered": true} {
		t.Run(name, func(t *testing.T) {
			fd, addr := fullListener(t)
			s := openSeam(t, Config{})
			r := s.request(backend.Request{Op: backend.OpConnect, FD: fd, Name: addr})
			s.submit(r)
			s.hasNoEvent(r)
			answer := backend.TokenNone
			if answered {
				answer = s.token()
			}
			s.ask(r.Token, answer)
			wantRes(t, "the target", s.result(r), stopped)
			if answered {
				wantRes(t, "the answer", int32(s.event(answer).Result), 0, running)
			}
		})
	}
}

var listeners atomic.Int32

// fullListener returns a socket to connect and the address, where that waits.
func fullListener(t testing.TB) (fd int, addr []byte) {
	t.Helper()
	name := fmt.Sprintf("\x00awaitio-%d-%d", unix.Getpid(), listeners.Add(1))
	to := &unix.SockaddrUnix{Name: "@" + name[1:]}
	own := func() int {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		testutil.Own(t, fd)
		return fd
	}
	listener := own()
	if err := unix.Bind(listener, to); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(listener, 0); err != nil {
		t.Fatal(err)
	}
	for err := error(nil); err != unix.EAGAIN; {
		fd := own()
		if err := unix.SetNonblock(fd, true); err != nil {
			t.Fatal(err)
		}
		if err = unix.Connect(fd, to); err == unix.EAGAIN {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return own(), append([]byte{unix.AF_UNIX, 0}, name...)
}

// Cancels go out before the requests that were offered later, at the next
// Submit, even if that offers nothing; without room they are refused, not lost.
func TestBackendCancelNeedsRoom(t *testing.T) {
	fd, _ := testutil.SocketPair(t)
	s := openSeam(t, Config{Entries: 1}) // two places
	var all []*backend.Request
	for range 5 {
		all = append(all, s.recv(fd, make([]byte, 8)))
	}
	s.submit(all...)
	refused := 0
	for _, r := range all {
		for !s.Cancel(r.Token, backend.TokenNone) {
			refused++
			s.submit()
		}
	}
	if refused == 0 {
		t.Error("no cancel was refused: the queue was never full")
	}
	for _, r := range all {
		wantRes(t, "recv", s.result(r), stopped)
	}
}

// Data that came before the cancel is the result.
func TestBackendCancelThatIsTooLate(t *testing.T) {
	fd, peer := testutil.SocketPair(t)
	s := openSeam(t, Config{})
	buf := make([]byte, 8)
	r := s.recv(fd, buf)
	mustWrite(t, peer, "data")
	s.submit(r)
	answer := s.token()
	s.ask(r.Token, answer)
	wantRes(t, "recv", s.result(r), 4)
	wantRes(t, "the answer", int32(s.event(answer).Result), notThere)
}
