package fdcall

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// lockAllOf takes slots until none is free, and tells how many.
func lockAllOf(s *pathSlots) (held int) {
	for s.TryLock(time.Now()) {
		held++
	}
	return held
}

// There are few slots at first, more where calls return, and few again when all has been quiet.
func TestPathSlotsGrowWithAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newPathSlots(proactor.Config{})
		if held := lockAllOf(s); held != pathSlotsQuiet {
			t.Fatalf("%d calls at first, want %d", held, pathSlotsQuiet)
		}
		for held := pathSlotsQuiet; held < blockingSlotsDefault; held++ {
			s.answer()
			if next := lockAllOf(s); next != 2 {
				t.Fatalf("%d calls begin when one of %d returns, want 2", next, held)
			}
		}
		s.answer()
		if next := lockAllOf(s); next != 1 {
			t.Errorf("%d calls begin when one of Config.Workers returns, want 1", next)
		}
		for range blockingSlotsDefault {
			s.answer()
		}
		time.Sleep(lateAfter)
		if held := lockAllOf(s); held != pathSlotsQuiet {
			t.Errorf("%d calls after a while without, want %d", held, pathSlotsQuiet)
		}
	})
}

// Calls that do not return, and that nothing can end, leave slots to calls that wait.
func TestPathSlotsGrowWithPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newPathSlots(proactor.Config{})
		for range pathSlotsQuiet {
			s.enter()
		}
		for range blockingSlotsDefault - pathSlotsQuiet {
			began := time.Now()
			if s.enter() {
				t.Fatal("there is a slot that nobody has given back")
			}
			if err := s.wait(&QueuedCall{Ctx: t.Context()}, nil); err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(began); waited != pathSlotsPatience {
				t.Fatalf("it had to wait %v, want %v", waited, pathSlotsPatience)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if s.enter() {
			t.Fatal("there are more slots than Config.Workers")
		}
		if err := s.wait(&QueuedCall{Ctx: ctx}, nil); err == nil {
			t.Error("there are more slots than Config.Workers for those who wait")
		}
	})
}

// Where Config.Workers is small all slots are there at once.
func TestPathSlotsOfFewWorkers(t *testing.T) {
	s := newPathSlots(proactor.Config{Workers: 3})
	if held := lockAllOf(s); held != 3 {
		t.Errorf("%d calls, want 3", held)
	}
}

// A drain waits for calls that have a slot, not for slots that no call has.
func TestPathSlotsDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newPathSlots(proactor.Config{})
		if !s.TryLock(time.Now()) {
			t.Fatal("no slot at first")
		}
		const call, most = time.Second, time.Hour
		time.AfterFunc(call, s.answer)
		ctx, cancel := context.WithTimeout(t.Context(), most)
		defer cancel()
		began := time.Now()
		s.drain(ctx)
		if waited := time.Since(began); waited != call {
			t.Errorf("it waited %v for a call of %v", waited, call)
		}
		if held := lockAllOf(s); held != pathSlotsQuiet {
			t.Errorf("%d calls afterwards, want %d", held, pathSlotsQuiet)
		}
	})
}
