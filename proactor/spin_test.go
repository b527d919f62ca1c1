//go:build unix

package proactor

import (
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/spin"
	"github.com/awaitio/awaitio/internal/testutil"
)

// Where it has paid, flushUntil looks until the result is there.
func TestFlushUntilSpins(t *testing.T) {
	r := newSharedRig(t, Config{Spin: spinLimit})
	for range 20 { // the first may not last
		r.locked(func() { r.p.policy.spins = spin.Sure() })
		done := make(chan struct{}, 1)
		from := len(r.s.taken)
		r.nop(func(*Completion, Result) { done <- struct{}{} })
		looks := 0
		r.s.looked = func() {
			if looks++; looks == 1 { // after the submission, before the spin; with the loop lock
				r.s.end(from, 0)
			}
		}
		flushUntil(r.p, done)
		r.locked(func() { r.s.looked = nil })
		if len(done) > 0 {
			if n := r.wakeUps(); n != 0 {
				t.Errorf("%d wake-ups", n)
			}
			return
		}
		r.p.Flush()
	}
	t.Error("nothing was found by spinning")
}

// A spin that takes long yields its CPU between looks: to whom it waits for, it may be.
func TestSpinYields(t *testing.T) {
	for name, off := range map[string]ablate.Set{"as it is": 0, "without": ablate.Of(ablate.SpinYield)} {
		t.Run(name, func(t *testing.T) {
			t.Cleanup(ablate.Switch(off))
			r := newSharedRig(t, Config{Spin: spinLimit})
			yields := 0
			r.locked(func() {
				r.p.policy.spins = spin.Sure()
				r.p.yieldCPU = func() { yields++ }
			})
			r.nop(nil)
			flushUntil(r.p, unanswered)
			r.locked(func() {
				if (yields > 0) != (off == 0) {
					t.Errorf("%d yields", yields)
				}
			})
			r.finish(0)
			r.p.Flush()
		})
	}
}

// No caller spins while the loop is batching: the others want the CPU.
func TestNoSpinWhileBatching(t *testing.T) {
	r := newSharedRig(t, Config{Spin: spinLimit})
	r.locked(func() {
		r.p.policy.spins = spin.Sure()
		r.p.policy.batching = true
	})
	r.nop(nil)
	flushUntil(r.p, unanswered)
	if r.p.policy.spins != spin.Sure() {
		t.Errorf("%+v: it spun", r.p.policy.spins)
	}
	r.finish(0)
	r.p.Flush()
}

// A spin ends at the first timer, of which the loop may not know yet.
func TestSpinEndsAtATimer(t *testing.T) {
	r := newSharedRig(t, Config{Spin: spinLimit})
	r.locked(func() {
		r.p.policy.spin = time.Hour
		r.p.policy.spins = spin.Sure()
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
		flushUntil(r.p, unanswered)
	}()
	testutil.Receive(t, spun, "end of the spin")
	testutil.Eventually(t, patient, func() bool { r.s.Wake(); return len(ended) > 0 }, "the end of the timeout")
}

// A caller whose yield has cost a time slice does not spin the next times.
func TestNoSpinAfterALongYield(t *testing.T) {
	for name, test := range map[string]struct {
		off   ablate.Set
		yield time.Duration
		spins bool
	}{
		"short":        {spins: true},
		"long":         {yield: time.Millisecond},
		"switched off": {yield: time.Millisecond, off: ablate.Of(ablate.KeepCPU), spins: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Cleanup(ablate.Switch(test.off))
			r := newSharedRig(t, Config{Spin: spinLimit})
			began := r.p.epoch
			spins := false
			for try := 0; try < 10 && !spins; try++ { // the system may take the CPU away while it yields
				r.locked(func() {
					r.p.policy.spins = spin.Sure()
					r.p.yieldCPU = func() { r.p.epoch = r.p.epoch.Add(-test.yield) } // the clock goes on
				})
				r.nop(nil)
				flushUntil(r.p, unanswered)
				r.locked(func() {
					r.p.epoch = began
					spins = r.p.policy.spinFor() > 0
				})
				r.finish(0)
				r.p.Flush()
			}
			if spins != test.spins {
				t.Errorf("it spins: %v, want %v", spins, test.spins)
			}
		})
	}
}
