//go:build linux

package ring

import (
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// stormOf sends SIGURG, the runtime's preemption signal, to a thread until the
// returned function is called.
func stormOf(tid int) (stop func()) {
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(500 * time.Microsecond)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				_ = unix.Tgkill(unix.Getpid(), tid, unix.SIGURG)
			}
		}
	}()
	return func() { close(quit); <-ended }
}

func TestWaitGoesRoundAgainAfterSignals(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	r := openRing(t, Config{})
	stop := stormOf(unix.Gettid())
	defer stop()

	const limit, tries = 50 * time.Millisecond, 20
	for range tries {
		start := time.Now()
		if _, err := r.SubmitAndWait(1, limit); err != unix.ETIME {
			t.Fatalf("got %v, want ETIME", err)
		}
		if d := time.Since(start); d < limit {
			t.Errorf("a signal ended the wait after %v of %v", d, limit)
		}
		if r.Enters() > tries {
			break // some waits were interrupted, for sure
		}
	}
	if r.Enters() <= tries {
		t.Errorf("%d calls: no signal interrupted the wait, nothing was tested", r.Enters())
	}

	spec := TimespecOf(limit)
	wantRes(t, "timeout", run(t, r, func(s *SQE) { s.PrepTimeout(&spec, 0, 0) }), neg(unix.ETIME))
}

func TestSubmitUnderSignals(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	r := openRing(t, Config{Entries: 64})
	defer stormOf(unix.Gettid())()
	dst := make([]CQE, 64)
	for start := time.Now(); time.Since(start) < 50*time.Millisecond; {
		for range 64 {
			nextSlot(t, r).PrepNop()
		}
		if n, err := r.Submit(); n != 64 || err != nil {
			t.Fatalf("submit: %d, %v", n, err)
		}
		if n := r.Reap(dst); n != 64 {
			t.Fatalf("reap: %d", n)
		}
	}
}
