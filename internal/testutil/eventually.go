package testutil

import (
	"fmt"
	"testing"
	"time"
)

// Eventually waits until cond reports true and fails t at once if it has not
// done so within d. The format and its arguments say what was waited for. cond
// is called from the calling goroutine, at least once.
func Eventually(t testing.TB, d time.Duration, cond func() bool, format string, args ...any) {
	t.Helper()
	deadline := time.Now().Add(d)
	for pause := 100 * time.Microsecond; ; pause = min(2*pause, 20*time.Millisecond) {
		if cond() {
			return
		}
		left := time.Until(deadline)
		if left <= 0 {
			t.Fatalf("not within %v: %s", d, fmt.Sprintf(format, args...))
		}
		time.Sleep(min(pause, left))
	}
}

// Receive returns what c delivers, and fails t at once if that takes a minute: only a
// test that fails takes so long. what says what it waits for.
func Receive[T any](t testing.TB, c <-chan T, what string) T {
	t.Helper()
	timer := time.NewTimer(time.Minute)
	defer timer.Stop()
	select {
	case v := <-c:
		return v
	case <-timer.C:
		t.Fatalf("no %s within a minute", what)
		panic("unreachable")
	}
}
