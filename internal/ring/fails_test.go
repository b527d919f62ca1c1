//go:build linux

package ring

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

// A ring that has failed stays so, tells what the kernel never had of it, and is
// closed without a wait.
func TestBackendThatFails(t *testing.T) {
	testutil.CheckLeaks(t)
	b, err := NewBackend(Config{})
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skipf("no io_uring here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	fd, peer := testutil.SocketPair(t)
	s := &seam{TB: t, Backend: b, given: map[backend.Token]bool{}, events: map[backend.Token]backend.Event{}}
	sent, unsent := s.recv(fd, make([]byte, 8)), s.recv(fd, make([]byte, 8))
	s.submit(sent)
	own := b.ring.fd
	b.ring.fd = peer // no ring: as after somebody else closed it
	enters := b.ring.Enters()
	for range 2 {
		if _, err := b.Submit([]*backend.Request{unsent}[:1]); !errors.Is(err, unix.EOPNOTSUPP) {
			t.Errorf("submit: %v", err)
		}
	}
	if n := b.ring.Enters() - enters; n != 1 {
		t.Errorf("it was entered %d times, want once", n)
	}
	if b.Unsent(sent.Token) || !b.Unsent(unsent.Token) {
		t.Errorf("unsent: %v and %v", b.Unsent(sent.Token), b.Unsent(unsent.Token))
	}
	if err := b.Close(); !errors.Is(err, unix.EOPNOTSUPP) {
		t.Errorf("close: %v", err)
	}
	if _, err := unix.FcntlInt(uintptr(peer), unix.F_GETFD, 0); err != nil {
		t.Errorf("the other file of that number: %v", err)
	}
	if err := unix.Close(own); err != nil {
		t.Error(err)
	}
}
