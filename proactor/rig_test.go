//go:build unix

package proactor

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
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

var socketPair = testutil.SocketPair

// A running is a proactor with a goroutine that drives it.
type running struct {
	p       *Proactor
	stop    context.CancelFunc
	stopped chan error
}

// newRunning also checks, at the end of t, that nothing is left.
func newRunning(t testing.TB, config Config) *running {
	t.Helper()
	testutil.CheckLeaks(t)
	return newRunningAmid(t, config)
}

// newRunningAmid is newRunning for a test that checks for leaks itself.
func newRunningAmid(t testing.TB, config Config) *running {
	t.Helper()
	r := newRigAmid(t, config)
	ctx, cancel := context.WithCancel(context.Background())
	run := &running{p: r.p, stop: cancel, stopped: make(chan error, 1)}
	go func() { run.stopped <- r.p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-run.stopped; err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, ErrClosed) {
			t.Errorf("run: %v", err)
		}
	})
	if rand.IntN(2) == 0 {
		run.combineOften(t)
	}
	return run
}

// combineOften has a goroutine combine again and again until t ends.
func (r *running) combineOften(t testing.TB) {
	quit, ended := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(quit); <-ended })
	go func() {
		defer close(ended)
		for {
			select {
			case <-quit:
				return
			default:
			}
			flushUntil(r.p, unanswered)
			time.Sleep(rand.N(100 * time.Microsecond))
		}
	}()
}

// A ledger counts submissions and callbacks: each of the one has one of the
// other.
type ledger struct {
	expected, called, refused atomic.Int64
	excess                    atomic.Int64
}

// expect returns the callback of one submission.
func (l *ledger) expect(then ...Callback) Callback {
	l.expected.Add(1)
	var once atomic.Bool
	return func(c *Completion, r Result) {
		if once.Swap(true) {
			l.excess.Add(1)
		}
		for _, f := range then {
			f(c, r)
		}
		l.called.Add(1)
	}
}

// refuse takes back the last expect: the submission failed, as it may when the
// proactor is closed.
func (l *ledger) refuse(t testing.TB, err error) {
	t.Helper()
	l.refused.Add(1)
	l.expected.Add(-1)
	if !errors.Is(err, ErrClosed) {
		t.Errorf("submission: %v", err)
	}
}

// wait waits for n callbacks.
func (l *ledger) wait(t testing.TB, n int64) {
	t.Helper()
	testutil.Eventually(t, patient, func() bool { return l.called.Load() >= n },
		"%d callbacks, want %d", l.called.Load(), n)
}

// settle waits for all callbacks and checks that there were no others.
func (l *ledger) settle(t testing.TB) {
	t.Helper()
	testutil.Eventually(t, patient, func() bool { return l.called.Load() >= l.expected.Load() },
		"all of %d callbacks", l.expected.Load())
	l.balanced(t)
}

func (l *ledger) balanced(t testing.TB) {
	t.Helper()
	if called, expected := l.called.Load(), l.expected.Load(); called != expected || l.excess.Load() != 0 {
		t.Errorf("%d callbacks for %d submissions, %d of them second ones", called, expected, l.excess.Load())
	}
}

// A parked is a goroutine's way to wait for its operation.
type parked struct{ result chan Result }

func newParked() parked { return parked{make(chan Result, 1)} }

func (w parked) done(_ *Completion, r Result) { w.result <- r }

// wait returns the result.
func (w parked) wait(t testing.TB) Result {
	t.Helper()
	select {
	case r := <-w.result:
		return r
	case <-time.After(patient):
		buf := make([]byte, 1<<16)
		t.Errorf("no callback within %v\n%s", patient, buf[:runtime.Stack(buf, true)])
		runtime.Goexit()
		panic("unreachable")
	}
}

// seeded returns a source of chance that PROACTOR_SEED repeats. The seed is
// told if t fails.
func seeded(t testing.TB) *dice {
	t.Helper()
	seed := rand.Uint64()
	if s, err := strconv.ParseUint(os.Getenv("PROACTOR_SEED"), 10, 64); err == nil {
		seed = s
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("PROACTOR_SEED=%d", seed)
		}
	})
	return &dice{r: rand.New(rand.NewPCG(seed, 0))}
}

// dice may be thrown from any goroutine.
type dice struct {
	mu sync.Mutex
	r  *rand.Rand
}

func (d *dice) below(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r.IntN(n)
}

// micros is 0 to n-1 microseconds.
func (d *dice) micros(n int) time.Duration { return time.Duration(d.below(n)) * time.Microsecond }

// pass lets less than n microseconds pass, to meet others at some moment of what
// they do; time.Sleep would not be so fine.
func (d *dice) pass(n int) {
	for end := time.Now().Add(d.micros(n)); time.Now().Before(end); {
		runtime.Gosched()
	}
}
