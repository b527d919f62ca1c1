package timeout

import (
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

func TestTimerFiresOnceAndNeverEarly(t *testing.T) {
	p := running(t, proactor.Config{})
	start, fired := time.Now(), make(chan time.Time, 2)
	timer, err := AfterFunc(p, 20*time.Millisecond, func() { fired <- time.Now() })
	if err != nil {
		t.Fatal(err)
	}
	if d := (<-fired).Sub(start); d < 20*time.Millisecond {
		t.Errorf("fired after %v", d)
	}
	if timer.Stop() {
		t.Error("Stop says that a timer which has fired was running")
	}
	if len(fired) != 0 {
		t.Error("fired twice")
	}
}

func TestNegativeDurationFiresAtOnce(t *testing.T) {
	p := running(t, proactor.Config{})
	fired := make(chan struct{})
	if _, err := AfterFunc(p, -time.Hour, func() { close(fired) }); err != nil {
		t.Fatal(err)
	}
	<-fired
}

func TestStoppedTimerDoesNotFire(t *testing.T) {
	p := running(t, proactor.Config{})
	timer, err := AfterFunc(p, 10*time.Millisecond, func() { t.Error("fired") })
	if err != nil {
		t.Fatal(err)
	}
	if !timer.Stop() {
		t.Error("Stop says that it was not running")
	}
	if timer.Stop() {
		t.Error("a second Stop says that it was running")
	}
	passed := make(chan struct{})
	if _, err := AfterFunc(p, 20*time.Millisecond, func() { close(passed) }); err != nil {
		t.Fatal(err)
	}
	<-passed
}

func TestResetMovesTheTimer(t *testing.T) {
	for name, d := range map[string][2]time.Duration{
		"later":   {time.Millisecond, 30 * time.Millisecond},
		"earlier": {time.Hour, 30 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			p := running(t, proactor.Config{})
			fired := make(chan time.Time, 2)
			timer := NewTimer(p, func() { fired <- time.Now() })
			if running, err := timer.Reset(d[0]); running || err != nil {
				t.Fatalf("first Reset: %v, %v", running, err)
			}
			start := time.Now()
			running, err := timer.Reset(d[1])
			if err != nil {
				t.Fatal(err)
			}
			early := 0
			if !running {
				early = 1 // the first time was up already
				<-fired
			}
			if got := (<-fired).Sub(start); got < d[1] {
				t.Errorf("fired after %v, want %v (%d before)", got, d[1], early)
			}
		})
	}
}

func TestStopThenResetFires(t *testing.T) {
	p := running(t, proactor.Config{})
	fired := make(chan struct{}, 1)
	timer := NewTimer(p, func() { fired <- struct{}{} })
	for range 1000 {
		if _, err := timer.Reset(time.Hour); err != nil {
			t.Fatal(err)
		}
		if !timer.Stop() {
			t.Fatal("an hour's timer was not running")
		}
		if _, err := timer.Reset(0); err != nil {
			t.Fatal(err)
		}
		<-fired
	}
}

func TestFunctionMayResetItsTimer(t *testing.T) {
	p := running(t, proactor.Config{})
	done := make(chan struct{})
	var timer *Timer
	n := 0
	timer = NewTimer(p, func() {
		if n++; n == 100 {
			close(done)
			return
		}
		if _, err := timer.Reset(0); err != nil {
			t.Error(err)
		}
	})
	if _, err := timer.Reset(0); err != nil {
		t.Fatal(err)
	}
	<-done
}

func TestClosedProactorRefusesTimers(t *testing.T) {
	p, err := proactor.New(proactor.Config{})
	if err != nil {
		t.Fatal(err)
	}
	timer, err := AfterFunc(p, time.Hour, func() { t.Error("fired") })
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := timer.Reset(0); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Reset: %v", err)
	}
	if timer.Stop() {
		t.Error("it is still running")
	}
	if _, err := AfterFunc(p, 0, func() {}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("AfterFunc: %v", err)
	}
}

// A caller that stops a running timer knows that it will not fire; so the times it
// fired and the times it was stopped add up to the times it was started.
func TestStopResetAndExpiryRace(t *testing.T) {
	p := running(t, proactor.Config{})
	const goroutines, rounds = 4, 2000
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(g)))
			var fired atomic.Int64
			timer := NewTimer(p, func() { fired.Add(1) })
			started, stopped := int64(0), int64(0)
			for range rounds {
				running, err := timer.Reset(time.Duration(random.IntN(50)) * time.Microsecond)
				if err != nil {
					t.Error(err)
					return
				}
				if !running {
					started++
				}
				if random.IntN(2) == 0 && timer.Stop() {
					stopped++
				}
			}
			if timer.Stop() {
				stopped++
			}
			flushed := make(chan struct{})
			if err := p.NextTick(new(proactor.Completion), func(*proactor.Completion, result) { close(flushed) }); err != nil {
				t.Error(err)
				return
			}
			<-flushed
			if got := fired.Load(); got != started-stopped {
				t.Errorf("started %d, stopped %d, fired %d", started, stopped, got)
			}
		})
	}
	wg.Wait()
}

func TestTimerAllocatesNothing(t *testing.T) {
	p := running(t, proactor.Config{})
	fired := make(chan struct{}, 1)
	timer := NewTimer(p, func() { fired <- struct{}{} })
	round := func() {
		if _, err := timer.Reset(time.Hour); err != nil {
			t.Fatal(err)
		}
		timer.Stop()
		if _, err := timer.Reset(0); err != nil {
			t.Fatal(err)
		}
		<-fired
	}
	round()
	if n := testing.AllocsPerRun(200, round); n >= 1 && !raceEnabled {
		t.Errorf("%v allocations a round", n)
	}
}
