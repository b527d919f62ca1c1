//go:build linux

package park

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

func TestMain(m *testing.M) { testutil.Main(m) }

func open(t *testing.T, fd int, ready func() bool) *Spot {
	t.Helper()
	s, err := New(fd, "test", ready)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 2 {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		s.Wake() // harmless after Close
	})
	return s
}

func never() bool { return false }

func TestDeadlineEndsWaitAndNotBefore(t *testing.T) {
	testutil.CheckLeaks(t)
	r, _ := testutil.Pipe(t)
	s := open(t, r, never)
	for _, d := range []time.Duration{20 * time.Millisecond, time.Millisecond, 5 * time.Millisecond} {
		deadline := time.Now().Add(d)
		for time.Now().Before(deadline) { // a Wait may end early
			if err := s.Wait(deadline); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.Wait(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
}

func TestWakeIsSticky(t *testing.T) {
	testutil.CheckLeaks(t)
	r, _ := testutil.Pipe(t)
	s := open(t, r, never)
	for range 100 {
		s.Wake()
		if err := s.Wait(time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWakeFromAnotherGoroutine(t *testing.T) {
	testutil.CheckLeaks(t)
	r, _ := testutil.Pipe(t)
	s := open(t, r, never)
	for range 1000 {
		go s.Wake()
		if err := s.Wait(time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReadinessEndsWait(t *testing.T) {
	testutil.CheckLeaks(t)
	r, w := testutil.Pipe(t)
	fds := []unix.PollFd{{Fd: int32(r), Events: unix.POLLIN}}
	s := open(t, r, func() bool {
		n, err := unix.Poll(fds, 0)
		return n > 0 && err == nil
	})
	for range 100 {
		go func() {
			if _, err := unix.Write(w, []byte{1}); err != nil {
				t.Error(err)
			}
		}()
		var b [1]byte
		for {
			if err := s.Wait(time.Time{}); err != nil {
				t.Fatal(err)
			}
			if n, err := unix.Poll(fds, 0); n > 0 && err == nil {
				break
			}
		}
		if _, err := unix.Read(r, b[:]); err != nil {
			t.Fatal(err)
		}
	}
}

func TestUnpollableDescriptorIsRefused(t *testing.T) {
	testutil.CheckLeaks(t)
	fd, _ := testutil.TempFile(t, 1)
	if s, err := New(fd, "file", never); err == nil {
		s.Close()
		t.Error("a regular file can be watched")
	}
	if _, err := New(-1, "nothing", never); err == nil {
		t.Error("no descriptor can be watched")
	}
}

// A Park ends at what was armed last, or at what was armed before and is sooner.
func TestParkEndsByWhatIsArmed(t *testing.T) {
	testutil.CheckLeaks(t)
	r, _ := testutil.Pipe(t)
	s := open(t, r, never)
	now := time.Now()
	for i, d := range []time.Duration{time.Hour, 2 * time.Millisecond, 5 * time.Millisecond, time.Millisecond, 0, time.Hour, 3 * time.Millisecond} {
		var deadline time.Time
		if d != 0 {
			deadline = now.Add(d)
		}
		if _, err := s.Arm(deadline, false); err != nil {
			t.Fatal(err)
		}
		if d == 0 || d == time.Hour {
			go s.Wake()
		}
		if err := s.Park(); err != nil {
			t.Fatalf("park %d: %v", i, err)
		}
	}
}

// Armed beside a Park, a Spot reports whether that ends in time.
func TestArmOfTheParked(t *testing.T) {
	testutil.CheckLeaks(t)
	r, _ := testutil.Pipe(t)
	s := open(t, r, never)
	now := time.Now()
	endsBy := func(deadline time.Time, want bool) {
		t.Helper()
		if got, err := s.Arm(deadline, true); got != want || err != nil {
			t.Errorf("armed for %v, a park ends by %v: %v, %v, want %v", s.armed, deadline, got, err, want)
		}
	}
	arm := func(deadline time.Time) {
		t.Helper()
		if _, err := s.Arm(deadline, false); err != nil {
			t.Fatal(err)
		}
	}
	arm(time.Time{})
	endsBy(time.Time{}, true)
	endsBy(now.Add(time.Hour), false)
	arm(now.Add(time.Minute))
	endsBy(time.Time{}, true)
	endsBy(now.Add(time.Hour), true)
	endsBy(now.Add(time.Minute), true)
	endsBy(now.Add(time.Second), false)
	arm(now.Add(time.Hour)) // what is sooner stays
	endsBy(now.Add(time.Minute), true)
	arm(now.Add(time.Second))
	endsBy(now.Add(time.Second), true)
}

// After a Wake, whose deadline may come late, what is armed is set again: the next
// Parks end by it, and by no other before.
func TestArmAfterAWake(t *testing.T) {
	testutil.CheckLeaks(t)
	r, _ := testutil.Pipe(t)
	s := open(t, r, never)
	for range 200 {
		if _, err := s.Arm(time.Now().Add(time.Hour), false); err != nil {
			t.Fatal(err)
		}
		go s.Wake()
		if err := s.Park(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(100 * time.Microsecond); ; {
			if err := s.Wait(deadline); err != nil {
				t.Fatal(err)
			}
			if !time.Now().Before(deadline) {
				break
			}
		}
	}
}

// Arm may be asked while another goroutine parks.
func TestArmBesideAPark(t *testing.T) {
	testutil.CheckLeaks(t)
	r, _ := testutil.Pipe(t)
	s := open(t, r, never)
	for range 200 {
		if _, err := s.Arm(time.Time{}, false); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- s.Park() }()
		never, _ := s.Arm(time.Time{}, true)
		now, _ := s.Arm(time.Now(), true)
		if !never || now {
			t.Error("a park for ever ends now, or not in time for never")
		}
		s.Wake()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
}
