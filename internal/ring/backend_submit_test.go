//go:build linux

package ring

import (
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

func TestBackendGivesEachRequestOneEvent(t *testing.T) {
	for _, c := range []Config{{}, {Entries: 1}, {Entries: 2, CompletionEntries: 2}} {
		s := openSeam(t, c)
		var all []*backend.Request
		for range 1000 {
			all = append(all, s.request(backend.Request{Op: backend.OpNop, FD: -1}))
		}
		s.submit(all...)
		for _, r := range all {
			wantRes(t, "nop", s.result(r), 0)
		}
		if s.live != 0 {
			t.Errorf("%d requests are still in flight", s.live)
		}
	}
}

// With nothing in flight at least one is taken, however small the queue is, and
// also when it needs two places.
func TestBackendAlwaysTakesOne(t *testing.T) {
	fd, _ := testutil.SocketPair(t)
	s := openSeam(t, Config{Entries: 1})
	for range 10 {
		batch := []*backend.Request{
			limited(s.recv(fd, make([]byte, 1)), 0),
			limited(s.recv(fd, make([]byte, 1)), 0),
			limited(s.recv(fd, make([]byte, 1)), 0),
		}
		n, err := s.Submit(batch)
		if err != nil || n < 1 || n > len(batch) {
			t.Fatalf("took %d, %v", n, err)
		}
		s.submit(batch[n:]...)
		for _, r := range batch {
			wantRes(t, "recv", s.result(r), stopped)
		}
	}
}

func TestBackendStartsRequestsInOrder(t *testing.T) {
	for _, c := range []Config{{}, {Entries: 1}} {
		fd, peer := testutil.SocketPair(t)
		s := openSeam(t, c)
		var all []*backend.Request
		var want []byte
		for i := range 100 {
			want = append(want, byte(i))
			all = append(all, s.request(backend.Request{Op: backend.OpSend, FD: fd, Buf: []byte{byte(i)}}))
		}
		s.submit(all...)
		for _, r := range all {
			wantRes(t, "send", s.result(r), 1)
		}
		got := make([]byte, len(want))
		if _, err := unix.Read(peer, got); err != nil || !slices.Equal(got, want) {
			t.Errorf("got %v, %v; want %v", got, err, want)
		}
	}
}

func TestBackendForgetsTokensThatEnded(t *testing.T) {
	s := openSeam(t, Config{})
	r := s.request(backend.Request{Op: backend.OpNop, FD: -1})
	s.submit(r)
	s.result(r)
	s.pretend(userData(r.Token), 7) // as the kernel never would
	s.pretend(userData(r.Token)|companion, neg(unix.ETIME))
	s.pretend(userData(r.Token)|cancellation, running)
	s.pretend(userData(backend.Token{Index: 1 << 20, Generation: 1}), 7)
	if e := s.events[r.Token]; e.Result != 0 {
		t.Errorf("a second event %+v", e)
	}
	if len(s.cancelRetries) != 0 {
		t.Error("what ended is asked to stop")
	}
}

func TestBackendReapsNoMoreThanThereIsRoomFor(t *testing.T) {
	s := openSeam(t, Config{})
	const n = 10
	for range n {
		s.submit(s.request(backend.Request{Op: backend.OpNop, FD: -1}))
		s.Cancel(backend.Token{Index: 99, Generation: 1}, s.token()) // answered without the kernel
	}
	var one [1]backend.Event
	for range 2 * n {
		if got := s.Reap(one[:]); got != 1 {
			t.Fatalf("reaped %d, want 1", got)
		}
	}
	if got := s.Reap(one[:]); got != 0 {
		t.Errorf("reaped %d more", got)
	}
}
