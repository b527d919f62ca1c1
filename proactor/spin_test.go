//go:build unix

package proactor

import (
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
)

// Where it has paid, flushUntil looks until the result is there.
func TestFlushUntilSpins(t *testing.T) {
	r := newSharedRig(t, Config{Spin: spinLimit})
	for range 20 { // the first may not last
		r.locked(func() { r.p.policy.spinScore = scoreMax })
		done := false
		from := len(r.s.taken)
		r.nop(func(*Completion, Result) { done = true })
		looks := 0
		r.p.flushUntil(waiterFunc(func() bool {
			if looks++; looks == 1 { // after the submission, before the spin; with the loop lock
				r.s.end(from, 0)
			}
			return done
		}))
		if done {
			if n := r.wakeUps(); n != 0 {
				t.Errorf("%d wake-ups", n)
			}
			return
		}
		r.p.Flush()
	}
	t.Error("nothing was found by spinning")
}

// No caller spins while the loop is batching: the others want the CPU.
func TestNoSpinWhileBatching(t *testing.T) {
	r := newSharedRig(t, Config{Spin: spinLimit})
	r.locked(func() {
		r.p.policy.spinScore = scoreMax
		r.p.policy.batching = true
	})
	r.nop(nil)
	looks := 0
	r.p.flushUntil(waiterFunc(func() bool { looks++; return false }))
	if looks != 1 || r.p.policy.spinScore != scoreMax {
		t.Errorf("%d looks, score %d: it spun", looks, r.p.policy.spinScore)
	}
	r.finish(0)
	r.p.Flush()
}

// A spin ends at the first timer, of which the loop may not know yet.
func TestSpinEndsAtATimer(t *testing.T) {
	r := newSharedRig(t, Config{Spin: spinLimit})
	r.locked(func() {
		r.p.policy.spin = time.Hour
		r.p.policy.spinScore = scoreMax
	})
	ended := make(chan Result, 1)
	c := new(Completion)
	c.SetBatched()
	if err := r.p.Timeout(c, 10*time.Millisecond, func(_ *Completion, r Result) { ended <- r }); err != nil {
		t.Fatal(err)
	}
	spun := make(chan bool)
	go func() {
		defer close(spun)
		r.p.flushUntil(never)
	}()
	testutil.Receive(t, spun, "end of the spin")
	testutil.Eventually(t, patient, func() bool { r.s.Wake(); return len(ended) > 0 }, "the end of the timeout")
}
