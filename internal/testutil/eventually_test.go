package testutil

import (
	"testing"
	"time"
)

func TestEventuallyReturnsWhenTrue(t *testing.T) {
	calls := 0
	wantNoFailure(t, runFake(t, func(tb testing.TB) {
		Eventually(tb, time.Minute, func() bool { calls++; return calls == 3 }, "three calls")
	}))
	if calls != 3 {
		t.Errorf("cond was called %d times, want 3", calls)
	}
}

func TestEventuallyLooksOnceWithoutTime(t *testing.T) {
	wantNoFailure(t, runFake(t, func(tb testing.TB) {
		Eventually(tb, 0, func() bool { return true }, "the truth")
	}))
}

func TestEventuallyGivesUp(t *testing.T) {
	reached := false
	wantFailure(t, runFake(t, func(tb testing.TB) {
		Eventually(tb, 5*time.Millisecond, func() bool { return false }, "%d pigs to fly", 3)
		reached = true
	}), "3 pigs to fly", "5ms")
	if reached {
		t.Error("Eventually returned after giving up")
	}
}
