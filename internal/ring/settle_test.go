//go:build linux

package ring

import (
	"bytes"
	"runtime"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

// settles reports whether do calls Ring.Settle: it is stopped there by the lock.
func (s *seam) settles(do func()) bool {
	s.Helper()
	s.ring.closeMu.Lock()
	done := make(chan struct{})
	go func() { defer close(done); do() }()
	defer func() { <-done }()
	defer s.ring.closeMu.Unlock()
	stacks := make([]byte, 1<<20)
	for end := time.Now().Add(patience); ; {
		select {
		case <-done:
			return false
		case <-time.After(time.Millisecond):
		}
		if time.Now().After(end) {
			s.Errorf("nothing ends within %v", patience)
			return false
		}
		if bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte("(*Ring).Settle(")) {
			return true
		}
	}
}

// A worker closes a file only when the kernel has let go of it: the close is the last.
func TestCloseOfAFileSettles(t *testing.T) {
	s := openSeam(t, Config{})
	fd, _ := testutil.TempFile(t, 8)
	testutil.Disown(t, fd)
	r := s.request(backend.Request{Op: backend.OpClose, FD: fd})
	if !s.settles(func() { s.submit(r) }) {
		t.Error("the close did not wait for the kernel")
	}
	wantRes(t, "close", s.result(r), 0)
}

// The kernel posts the tag of a registered file before it lets go of the file. The event
// comes when it has.
func TestEndOfWhatIsApartSettles(t *testing.T) {
	s := openSeam(t, Config{})
	fd, _ := testutil.TempFile(t, 8)
	r := s.request(backend.Request{Op: backend.OpRead, FD: fd, Buf: make([]byte, 8), MayHang: true})
	s.submit(r)
	if s.lookup(r.Token).slot == noSlot {
		s.event(r.Token)
		t.Skip("no registered files with tags: they came with Linux 5.19")
	}
	if !s.settles(func() { s.event(r.Token) }) {
		t.Error("the end did not wait for the kernel")
	}
	wantRes(t, "read", s.result(r), 8)
}
