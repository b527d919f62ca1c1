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

	const limit = 100 * time.Millisecond
	start := time.Now()
	if _, err := r.SubmitAndWait(1, limit); err != unix.ETIME {
		t.Fatalf("got %v, want ETIME", err)
	}
	if d := time.Since(start); d < limit {
		t.Errorf("a signal ended the wait after %v of %v", d, limit)
	}
	if r.Enters() < 2 {
		t.Errorf("%d calls: no signal interrupted the wait, nothing was tested", r.Enters())
	}

	spec := TimespecOf(limit)
	s := nextSlot(t, r)
	s.PrepTimeout(&spec, 0, 0)
	before := r.Enters()
	wantRes(t, "timeout", waitRes(t, r), neg(unix.ETIME))
	if r.Enters()-before < 2 {
		t.Errorf("%d calls: no signal interrupted the wait", r.Enters()-before)
	}
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
