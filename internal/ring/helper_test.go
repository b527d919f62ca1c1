//go:build linux

package ring

import (
	"errors"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

func openRing(t testing.TB, c Config) *Ring {
	t.Helper()
	r, err := Open(c)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skipf("no io_uring here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return r
}

// nextSlot is Next for a test that knows there is room.
func nextSlot(t testing.TB, r *Ring) *SQE {
	t.Helper()
	s := r.Next()
	if s == nil {
		t.Fatal("Next returned nil: the submission queue is full")
	}
	return s
}

// waitResults submits and returns n results by UserData.
func waitResults(t testing.TB, r *Ring, n int) map[uint64]CQE {
	t.Helper()
	got := make(map[uint64]CQE, n)
	for len(got) < n {
		if _, err := r.SubmitAndWait(1, patience); err != nil {
			t.Fatalf("after %d of %d results: %v", len(got), n, err)
		}
		var one [1]CQE
		for len(got) < n && r.Reap(one[:]) == 1 {
			if _, twice := got[one[0].UserData]; twice {
				t.Fatalf("two results for %d", one[0].UserData)
			}
			got[one[0].UserData] = one[0]
		}
	}
	return got
}

// waitRes is waitResults for one operation.
func waitRes(t testing.TB, r *Ring) int32 {
	t.Helper()
	for _, c := range waitResults(t, r, 1) {
		return c.Res
	}
	panic("unreachable")
}

// noResult checks that nothing arrives for a while.
func noResult(t testing.TB, r *Ring) {
	t.Helper()
	if _, err := r.SubmitAndWait(1, 20*time.Millisecond); err != unix.ETIME {
		t.Fatalf("wait for nothing: got %v, want ETIME", err)
	}
}

func wantRes(t testing.TB, what string, got int32, want ...int32) {
	t.Helper()
	if slices.Contains(want, got) {
		return
	}
	if got < 0 {
		t.Errorf("%s: got %d (%v), want one of %d", what, got, unix.Errno(-got), want)
		return
	}
	t.Errorf("%s: got %d, want one of %d", what, got, want)
}

// neg is errno as a result has it.
func neg(errno unix.Errno) int32 { return -int32(errno) }

// streamPair returns two connected sockets, closed with the test unless the
// test closed them and set them to -1.
func streamPair(t testing.TB) *[2]int {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, fd := range fds {
			if fd >= 0 {
				_ = unix.Close(fd)
			}
		}
	})
	return &fds
}

func mustWrite(t testing.TB, fd int, s string) {
	t.Helper()
	if n, err := unix.Write(fd, []byte(s)); n != len(s) || err != nil {
		t.Fatalf("write: %d, %v", n, err)
	}
}
