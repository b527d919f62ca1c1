//go:build unix

package proactor

import (
	"context"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/ablate"
)

// What policy decides with a mechanism, and without it.
func TestPolicyWithout(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // of a policy that is made now
	batching := func(y *policy) *policy {
		for range 10 * rateRounds {
			y.observe(4)
		}
		return y
	}
	for m, decides := range map[ablate.Mechanism]func(y *policy) bool{
		ablate.Spin:      func(y *policy) bool { y.spun(true); return y.spinFor() > 0 },
		ablate.Batching:  func(y *policy) bool { return batching(y).batching },
		ablate.IdlePolls: func(y *policy) bool { return batching(y).next(false, 0, 0) == yieldCPU },
		ablate.OthersFirst: func(y *policy) bool {
			for range othersSeldom {
				if y.beforeCombining() == othersFirst {
					return true
				}
			}
			return false
		},
		ablate.RoundBudget: func(y *policy) bool { y.start(); return y.budget(0, 1) != math.MaxInt },
		ablate.SlowStart: func(y *policy) bool {
			y.start()
			for range diskTransfers {
				y.slowStart.observe(true)
			}
			return y.budget(1, 1) == diskFirst
		},
	} {
		for _, off := range []bool{false, true} {
			restore := ablate.Switch(0)
			if off {
				ablate.Switch(ablate.Of(m))
			}
			y := newPolicy(Config{Spin: time.Microsecond}, true)
			restore()
			if decides(&y) == off {
				t.Errorf("%s switched off: %v, and it decides the other way", m, off)
			}
		}
	}
}

func TestWithoutYieldCPU(t *testing.T) {
	y := policyState{batching: true}.policy()
	y.off = ablate.Of(ablate.YieldCPU)
	if got := y.next(false, 0, 0); got != callersFirst || y.idlePolls != 1 {
		t.Errorf("decision %d after %d idle polls, want %d after 1", got, y.idlePolls, callersFirst)
	}
}

func TestWithoutCPUBudget(t *testing.T) {
	y, _ := starvingState()
	const now = 3 * cpuBudget
	if got := y.next(true, 1, now); got != yieldCPU {
		t.Errorf("decision %d, want %d", got, yieldCPU)
	}
	y.off = ablate.Of(ablate.CPUBudget)
	if got := y.next(true, 1, now); got == yieldCPU {
		t.Error("the loop yields its CPU all the same")
	}
}

func TestWithoutStepAside(t *testing.T) {
	s := contendedState()
	s.y.off = ablate.Of(ablate.StepAside)
	if got := s.y.next(true, 1, s.then); got != yieldCPU {
		t.Errorf("decision %d, want %d", got, yieldCPU)
	}
}

// Without combining, a flush wakes the loop.
func TestWithoutCombining(t *testing.T) {
	t.Cleanup(ablate.Switch(ablate.Of(ablate.Combining)))
	r := newSharedRig(t, Config{})
	r.nop(nil)
	r.p.Flush()
	if n := r.wakeUps(); n != 1 {
		t.Errorf("%d wake-ups, want one", n)
	}
}

func TestWithoutYielder(t *testing.T) {
	for _, off := range []bool{false, true} {
		restore := ablate.Switch(0)
		if off {
			ablate.Switch(ablate.Of(ablate.Yielder))
		}
		p, err := NewOn(Config{}, newShared())
		restore()
		if err != nil {
			t.Fatal(err)
		}
		var c Completion
		ctx, cancel := context.WithCancel(context.Background())
		exists := false
		if err := p.NextTick(&c, func(*Completion, Result) { exists = p.yielder != nil; cancel() }); err != nil {
			t.Fatal(err)
		}
		if err := p.Run(ctx); err != context.Canceled {
			t.Fatal(err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if exists == off {
			t.Errorf("switched off: %v, and there is one: %v", off, exists)
		}
	}
}
