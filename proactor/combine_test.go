//go:build unix

package proactor

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
)

// What was submitted for a flush goes to the kernel as one batch, and the loop
// sleeps on.
func TestFlushMakesOneBatchAndWakesNobody(t *testing.T) {
	r := newSharedRig(t, Config{})
	const n = 10
	calls := 0
	for range n {
		r.nop(func(*Completion, Result) { calls++ })
	}
	if len(r.s.taken) != 0 {
		t.Error("something was submitted before the flush")
	}
	r.p.Flush()
	if len(r.s.taken) != n || calls != 0 {
		t.Fatalf("%d operations taken and %d callbacks, want %d and none", len(r.s.taken), calls, n)
	}
	r.finish(0)
	r.p.Flush()
	if calls != n {
		t.Errorf("%d callbacks when Flush has returned, want %d", calls, n)
	}
	if s := r.p.Stats(); s.WakeUps != 0 || s.BatchSizes[3] != 1 || s.Submitted != n || s.Completed != n || s.InFlight != 0 {
		t.Errorf("%+v: want one batch of %d, complete, and no wake-up", s, n)
	}
	if parks := r.s.parks.Load(); parks != 1 {
		t.Errorf("the loop parked %d times, want once", parks)
	}
}

// Without SetBatched the loop is woken, as ever.
func TestSubmissionWithoutSetBatchedWakes(t *testing.T) {
	r := newSharedRig(t, Config{})
	done := make(chan Result, 2)
	c := r.nop(func(_ *Completion, r Result) { done <- r })
	r.p.Flush()
	r.finish(0)
	r.p.Flush()
	testutil.Receive(t, done, "first callback")
	// SetBatched is of one submission only.
	if err := r.p.NextTick(c, func(_ *Completion, r Result) { done <- r }); err != nil {
		t.Fatal(err)
	}
	testutil.Receive(t, done, "second callback")
	if n := r.wakeUps(); n != 1 {
		t.Errorf("%d wake-ups, want one", n)
	}
}

// What nothing would tell the loop of, it is woken for when a combiner ends.
func TestCombinerWakesTheLoopFor(t *testing.T) {
	for name, leave := range map[string]func(r *sharedRig){
		"a timer earlier than its own": func(r *sharedRig) {
			c := new(Completion)
			c.SetBatched()
			if err := r.p.Timeout(c, time.Hour, nil); err != nil {
				r.Fatal(err)
			}
		},
		"more than some rounds": func(r *sharedRig) {
			rounds := 0
			var again Callback
			again = func(c *Completion, _ Result) {
				if rounds++; rounds < 10*combineRoundsMax {
					c.SetBatched()
					_ = r.p.NextTick(c, again) // refused when the test is over
				}
			}
			c := new(Completion)
			c.SetBatched()
			if err := r.p.NextTick(c, again); err != nil {
				r.Fatal(err)
			}
		},
		"a cancel without room": func(r *sharedRig) {
			c := r.nop(nil)
			r.p.Flush()
			r.locked(func() {
				r.s.full = 10 * combineRoundsMax
				r.p.stop(c, reasonCanceled)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newSharedRig(t, Config{})
			leave(r)
			r.p.Flush()
			if n := r.wakeUps(); n != 1 {
				t.Errorf("%d wake-ups, want one", n)
			}
		})
	}
}

// A caller that finds the loop lock held leaves its operation to the holder, which
// looks before the loop sleeps on.
func TestFlushWhileTheLoopLockIsHeld(t *testing.T) {
	r := newSharedRig(t, Config{})
	leave, _ := r.combines()
	done := make(chan bool, 1)
	c := new(Completion)
	c.SetBatched()
	if err := r.p.NextTick(c, func(*Completion, Result) { done <- true }); err != nil {
		t.Fatal(err)
	}
	r.p.Flush() // cannot combine
	leave <- true
	testutil.Receive(t, done, "callback of what was left to the combiner")
}

// Operations that are flushed from callbacks, which cannot combine a second
// time, begin all the same.
func TestCallbacksFlush(t *testing.T) {
	r := newSharedRig(t, Config{})
	done := make(chan bool, 1)
	c := new(Completion)
	c.SetBatched()
	if err := r.p.NextTick(c, func(c *Completion, _ Result) {
		c.SetBatched()
		if err := r.p.NextTick(c, func(*Completion, Result) { done <- true }); err != nil {
			t.Error(err)
		}
		r.p.Flush()
		flushUntil(r.p, unanswered)
	}); err != nil {
		t.Fatal(err)
	}
	r.p.Flush()
	testutil.Receive(t, done, "callback")
}

// A callback that panics, or ends its goroutine, leaves the loop lock to the loop.
func TestCallbackThatPanicsInACombiner(t *testing.T) {
	for name, end := range map[string]func(){
		"panic":  func() { panic("of a callback") },
		"Goexit": runtime.Goexit,
	} {
		for how, flush := range map[string]func(p *Proactor){
			"Flush":      (*Proactor).Flush,
			"flushUntil": func(p *Proactor) { flushUntil(p, unanswered) },
		} {
			t.Run(name+" in "+how, func(t *testing.T) {
				r := newSharedRig(t, Config{})
				rest := make(chan bool, 1)
				var first, second Completion
				first.SetBatched()
				second.SetBatched()
				if err := r.p.NextTick(&first, func(*Completion, Result) { end() }); err != nil {
					t.Fatal(err)
				}
				if err := r.p.NextTick(&second, func(*Completion, Result) { rest <- true }); err != nil {
					t.Fatal(err)
				}
				ended := make(chan bool)
				go func() {
					defer close(ended)
					defer func() { _ = recover() }()
					flush(r.p)
				}()
				testutil.Receive(t, ended, "end of the combiner")
				testutil.Receive(t, rest, "callback behind the one that panicked")
			}) // the cleanup closes
		}
	}
}

// Close from a combiner's callback does not wait for itself.
func TestCloseInACombinersCallback(t *testing.T) {
	r := newSharedRig(t, Config{})
	r.nop(nil)
	c := new(Completion)
	c.SetBatched()
	closed := make(chan error, 1)
	if err := r.p.NextTick(c, func(*Completion, Result) { closed <- r.p.Close() }); err != nil {
		t.Fatal(err)
	}
	r.p.Flush()
	if err := testutil.Receive(t, closed, "return of Close"); err != nil {
		t.Errorf("close: %v", err)
	}
	testutil.Receive(t, r.p.Done(), "end of the proactor")
}

// Close waits for a combiner, and then ends what it began.
func TestCloseDuringACombine(t *testing.T) {
	r := newSharedRig(t, Config{})
	ended := make(chan Result, 1)
	r.nop(func(_ *Completion, r Result) { ended <- r })
	leave, _ := r.combines()
	closed := make(chan error, 1)
	go func() { closed <- r.p.Close() }()
	testutil.Eventually(t, patient, r.p.closing.Load, "Close has begun")
	leave <- true
	if err := testutil.Receive(t, closed, "return of Close"); err != nil {
		t.Errorf("close: %v", err)
	}
	if got := testutil.Receive(t, ended, "callback"); !isClosed(got.Err) {
		t.Errorf("ended with %v, want it closed", got.Err)
	}
}

// A combiner may take the last operation that Close waits for.
func TestCombinerEndsWhatCloseWaitsFor(t *testing.T) {
	r := newSharedRig(t, Config{})
	ended := make(chan Result, 1)
	r.nop(func(_ *Completion, r Result) { ended <- r })
	r.p.Flush()
	r.locked(func() { r.s.slow = true })
	parks := r.s.parks.Load()
	closed := make(chan error, 1)
	go func() { closed <- r.p.Close() }()
	r.parksAgain(parks)
	r.locked(r.s.stop)
	r.p.Flush()
	if got := testutil.Receive(t, ended, "callback"); !isClosed(got.Err) {
		t.Errorf("ended with %v, want it closed", got.Err)
	}
	if err := testutil.Receive(t, closed, "return of Close"); err != nil {
		t.Errorf("close: %v", err)
	}
}

// Run ends with its context though a combiner has the loop lock. What that one began
// goes on when the proactor is driven again.
func TestRunEndsWithItsContextDuringACombine(t *testing.T) {
	r := newSharedRig(t, Config{})
	why := errors.New("the reason why")
	ended := make(chan Result, 1)
	r.nop(func(_ *Completion, r Result) { ended <- r })
	leave, returned := r.combines()
	r.stop(why)
	leave <- true
	if err := testutil.Receive(t, r.ended, "end of Run"); !errors.Is(err, why) || !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v, want the context's cause and its Err", err)
	}
	testutil.Receive(t, returned, "end of the combiner")
	r.p.Flush() // no loop to run
	r.finish(0)
	r.driveOn()
	if got := testutil.Receive(t, ended, "callback"); got.Err != nil {
		t.Errorf("ended with %v", got.Err)
	}
}

// The end of RunFor does not wait for callers that spin.
func TestSpinnerLetsTheLoopGo(t *testing.T) {
	r := newSharedRig(t, Config{Spin: spinLimit})
	if !r.p.acquireLoop() {
		t.Fatal("the loop lock is not free")
	}
	spun := make(chan bool)
	go func() {
		defer close(spun)
		r.p.spin(time.Hour, unanswered)
		r.p.releaseLoop()
	}()
	r.s.Wake() // as a deadline does
	testutil.Receive(t, spun, "end of the spin")
}

// A combiner that meets the backend's failure has the loop end with it.
func TestCombinerMeetsAFailure(t *testing.T) {
	r := newSharedRig(t, Config{})
	broken := errors.New("broken")
	r.nop(nil)
	r.locked(func() { r.s.err = broken })
	flushUntil(r.p, unanswered)
	if err := testutil.Receive(t, r.ended, "end of Run"); !errors.Is(err, broken) {
		t.Errorf("Run: %v, want the backend's failure", err)
	}
	r.p.Flush()
	if err := r.p.Tick(); !errors.Is(err, broken) {
		t.Errorf("Tick: %v, want the backend's failure", err)
	}
}

// Requests about an operation that nobody has flushed reach it.
func TestRequestsReachWhatIsNotFlushed(t *testing.T) {
	for name, ask := range map[string]func(p *Proactor, c *Completion){
		"RequestCancel": (*Proactor).RequestCancel,
		"Abandon":       (*Proactor).abandon,
		"SetDeadline":   func(p *Proactor, c *Completion) { p.SetDeadline(c, time.Now()) },
		"Close":         func(p *Proactor, _ *Completion) { _ = p.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			r := newSharedRig(t, Config{})
			ended := make(chan Result, 1)
			c := r.nop(func(_ *Completion, r Result) { ended <- r })
			ask(r.p, c)
			if got := testutil.Receive(t, ended, "callback"); got.Err == nil {
				t.Error("it was not stopped")
			}
		})
	}
}

// A call of WaitForRoom does not wait for the caller's own submissions to be flushed.
func TestWaitForRoomFlushes(t *testing.T) {
	r := newSharedRig(t, Config{MaxQueued: 2})
	r.nop(nil)
	r.nop(nil)
	c := new(Completion)
	c.SetBatched()
	if err := r.p.Nop(c, nil); !errors.Is(err, ErrQueueFull) {
		t.Fatalf("third submission: %v, want ErrQueueFull", err)
	}
	waited := make(chan error, 1)
	go func() { waited <- r.p.WaitForRoom(t.Context()) }()
	r.s.Wake()
	testutil.Eventually(t, patient, func() bool { return r.p.Stats().InFlight == 2 }, "both are under way")
	r.finish(0)
	r.p.Flush()
	if err := testutil.Receive(t, waited, "room"); err != nil {
		t.Error(err)
	}
}

// What a combiner does counts as use: the proactor does not end as idle.
func TestCombinerKeepsTheProactorFromIdling(t *testing.T) {
	r := newSharedRig(t, Config{IdleTimeout: time.Hour})
	r.nop(nil)
	r.p.Flush()
	r.finish(0)
	r.p.Flush()
	parks := r.s.parks.Load()
	r.s.Wake() // as the deadline of the idleness before would
	r.parksAgain(parks)
	r.locked(func() {
		if r.p.idleActivity != 1 || r.p.closing.Load() {
			t.Errorf("idle since %d operations, want 1; closing: %v", r.p.idleActivity, r.p.closing.Load())
		}
		r.p.idleSince -= int64(2 * time.Hour)
		r.p.endIfIdle()
	})
	if !r.p.closing.Load() {
		t.Error("an idle proactor goes on")
	}
	r.s.Wake()
	testutil.Receive(t, r.p.Done(), "end of the idle proactor")
}
