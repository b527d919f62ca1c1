//go:build unix

package await

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// theDefault is Default in a test that wants nothing of it to be left.
func theDefault(t *testing.T) *IO {
	t.Helper()
	testutil.CheckLeaks(t)
	io, err := Default()
	must(t, err)
	return io
}

// waitIdleEnd waits until io's proactor has ended by itself.
func waitIdleEnd(t *testing.T, io *IO) {
	t.Helper()
	e := proactorOf(t, io, -1)
	receive(t, e.Done(), "end of the idle proactor")
}

func TestDefaultIsOneIO(t *testing.T) {
	io := theDefault(t)
	again, err := Default()
	must(t, err)
	if io != again {
		t.Error("Default returned two different IOs")
	}
}

func TestDefaultEndsWhenIdleAndStartsAgain(t *testing.T) {
	io := theDefault(t)
	for range 3 {
		must(t, io.Nop(background))
		must(t, done(background, io.Async().Nop()))
		waitIdleEnd(t, io)
	}
}

// What a user's TestMain does: the goroutine of the default proactor is gone
// before a leak detector loses its patience, after half a second. A busy machine may run only one
// of the two for so long, but not each time.
func TestDefaultLeavesNothingForALeakDetector(t *testing.T) {
	ignored := goleak.IgnoreCurrent()
	io := theDefault(t)
	testutil.Eventually(t, patience, func() bool {
		must(t, io.Nop(background))
		return goleak.Find(ignored) == nil
	}, "a leak detector finds nothing")
}

func TestDefaultDoesNotEndUnderACall(t *testing.T) {
	io := theDefault(t)
	a, b := socketPair(t)
	must(t, io.Nop(background))
	e := proactorOf(t, io, b)
	recv := later(func() (int, error) { return io.Recv(background, b, make([]byte, 8), 0) })
	sleep := time.NewTimer(3 * idleDefault) // that long it would not be idle
	defer sleep.Stop()
	select {
	case <-e.Done():
		t.Error("the proactor ended during a call")
	case o := <-recv:
		t.Errorf("the call ended: %d, %v", o.n, o.err)
	case <-sleep.C:
	}
	mustWrite(t, a, []byte("data"))
	o := receive(t, recv, "data")
	wantCount(t, "Recv", o.n, o.err, 4)
}

func TestClosedDefaultStartsAgain(t *testing.T) {
	io := theDefault(t)
	for range 5 {
		sleep := later(func() (int, error) { return 0, io.Sleep(background, time.Hour) })
		waitUnderWay(t, io, 1)
		must(t, io.Close())
		wantClosed(t, receive(t, sleep, "end of the call").err)
		must(t, io.Nop(background))
	}
	must(t, io.Close())
	must(t, io.Close())
}

// Calls that come just when the proactor decides to end must start another.
func TestNoCallMeetsAnEndingProactor(t *testing.T) {
	io := theDefault(t)
	hammerAroundIdle(t, io, idleDefault, 2*time.Second)
}

// The same with a much shorter idle time, for many more ends.
func TestNoCallMeetsAnEndingProactorOfItsOwn(t *testing.T) {
	const idle = time.Millisecond
	io := open(t, Config{IdleTimeout: idle})
	hammerAroundIdle(t, io, idle, time.Second)
}

// hammerAroundIdle has goroutines call at about the moment when io's proactor has
// been idle for long enough to end, again and again.
func hammerAroundIdle(t *testing.T, io *IO, idle, length time.Duration) {
	t.Helper()
	random := seeded(t)
	proactors := map[*proactor.Proactor]bool{}
	begin := time.Now()
	for time.Since(begin) < length || len(proactors) < 2 && time.Since(begin) < patience {
		nap := idle*8/10 + time.Duration(random.Int64N(int64(idle)*4/10))
		var wg sync.WaitGroup
		for range 8 {
			own := nap + time.Duration(random.Int64N(int64(idle)/20))
			call := anyCall(io, random)
			wg.Go(func() {
				time.Sleep(own)
				if err := call(); err != nil {
					t.Errorf("call: %v", err)
				}
			})
		}
		wg.Wait()
		proactors[proactorOf(t, io, -1)] = true
	}
	t.Logf("%d proactors", len(proactors))
	if len(proactors) < 2 {
		t.Error("none has ended, which tests nothing")
	}
}

func anyCall(io *IO, random *rand.Rand) func() error {
	switch random.IntN(4) {
	case 0:
		return func() error { return done(background, io.Async().Nop()) }
	case 1:
		return func() error { return io.Sleep(background, 0) }
	case 2:
		return func() error { return All(background, io.Async().Nop(), io.Async().Nop()) }
	}
	return func() error { return io.Nop(background) }
}

// TestStartHasAllItsGoroutines takes stock as a leak detector does, right after.
func TestStartHasAllItsGoroutines(t *testing.T) {
	for range 20 {
		io := open(t, Config{})
		known := goleak.IgnoreCurrent()
		must(t, io.Nop(background))
		if err := goleak.Find(known); err != nil {
			t.Fatal(err)
		}
		must(t, io.Close())
	}
}
