//go:build unix

package proactor

import (
	"errors"
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
)

// patient is how long the tests wait for what must come.
const patient = 20 * time.Second

// A rig is a proactor that its test drives by hand, so that the test knows in
// which state an operation is. Everything runs on the test's goroutine.
type rig struct {
	testing.TB
	p *Proactor
}

// newRig also checks, at the end of t, that nothing of the rig is left: no
// operation, goroutine, descriptor, mapping or kernel worker.
func newRig(t testing.TB, config Config) *rig {
	t.Helper()
	testutil.CheckLeaks(t)
	return newRigAmid(t, config)
}

// newRigAmid is newRig for tests that check for leaks themselves.
func newRigAmid(t testing.TB, config Config) *rig {
	t.Helper()
	p, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t, p}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		r.empty()
	})
	return r
}

// empty checks that everything submitted has ended, exactly once.
func (r *rig) empty() {
	r.Helper()
	if s := r.p.Stats(); s.InFlight != 0 || s.Queued != 0 || s.Submitted != s.Completed {
		r.Errorf("something is left: %d in flight, %d queued, %d submitted, %d completed",
			s.InFlight, s.Queued, s.Submitted, s.Completed)
	}
	if n := r.p.counters.stale; n != 0 {
		r.Errorf("%d events for operations that were over", n)
	}
}

// until drives the proactor until cond.
func (r *rig) until(what string, cond func() bool) {
	r.Helper()
	deadline := time.Now().Add(patient)
	for round := 0; !cond(); round++ {
		if time.Now().After(deadline) {
			r.Fatalf("not within %v: %s", patient, what)
		}
		if round < 20 {
			r.tick()
			continue
		}
		if err := r.p.RunFor(200 * time.Microsecond); err != nil {
			r.Fatal(err)
		}
	}
}

func (r *rig) tick() {
	r.Helper()
	if err := r.p.Tick(); err != nil {
		r.Fatal(err)
	}
	runtime.Gosched()
}

// A flown is one submission and what became of it.
type flown struct {
	rig   *rig
	c     *Completion
	calls int
	r     Result
}

// fly submits an operation.
func (r *rig) fly(submit func(c *Completion, callback Callback) error) *flown {
	r.Helper()
	f := &flown{rig: r, c: new(Completion)}
	f.again(submit)
	return f
}

// again submits an operation with the Completion of the last one.
func (f *flown) again(submit func(c *Completion, callback Callback) error) {
	f.rig.Helper()
	f.calls = 0
	if err := submit(f.c, func(_ *Completion, r Result) { f.calls++; f.r = r }); err != nil {
		f.rig.Fatal(err)
	}
}

// land waits for the callback. That there is no second one is for rig.empty.
func (f *flown) land() Result {
	f.rig.Helper()
	f.rig.until("the callback of "+f.c.opName(), func() bool { return f.calls > 0 })
	if f.calls != 1 {
		f.rig.Errorf("%d callbacks", f.calls)
	}
	return f.r
}

// reach drives until the operation is in a state.
func (f *flown) reach(state uint32) {
	f.rig.Helper()
	f.rig.until("the state wanted", func() bool {
		if f.calls > 0 {
			f.rig.Fatalf("ended with %+v before it was in state %d", f.r, state)
		}
		return f.c.state.Load() == state
	})
}

// still checks that the operation has not ended, after some rounds.
func (f *flown) still() {
	f.rig.Helper()
	for range 3 {
		f.rig.tick()
	}
	if f.calls != 0 {
		f.rig.Fatalf("ended with %+v, want it under way", f.r)
	}
}

// The ends that law 5 tells apart.

func isCanceled(err error) bool {
	return errors.Is(err, ErrCanceled) && !errors.Is(err, os.ErrDeadlineExceeded) &&
		!errors.Is(err, net.ErrClosed) && !isTimeout(err)
}

func isTimedOut(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) && errors.Is(err, ErrCanceled) &&
		!errors.Is(err, net.ErrClosed) && isTimeout(err)
}

func isClosed(err error) bool {
	return errors.Is(err, net.ErrClosed) && errors.Is(err, os.ErrClosed) &&
		!errors.Is(err, ErrCanceled) && !isTimeout(err)
}

// isTimeout asks as users of net do.
func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

func (r *rig) wantEnd(got Result, name string, is func(error) bool) {
	r.Helper()
	if !is(got.Err) {
		r.Errorf("ended with %d, %v: want it %s", got.N, got.Err, name)
	}
}

func (r *rig) wantCanceled(got Result) { r.Helper(); r.wantEnd(got, "canceled", isCanceled) }
func (r *rig) wantTimedOut(got Result) { r.Helper(); r.wantEnd(got, "timed out", isTimedOut) }
func (r *rig) wantClosed(got Result)   { r.Helper(); r.wantEnd(got, "closed", isClosed) }
