package pulse

import (
	"reflect"
	"testing"
	"time"
)

func TestAnotherStarves(t *testing.T) {
	const limit = 10
	set := make(Set, 3)
	own, other := set.Of(0), set.Of(2)
	for _, step := range []struct {
		name string
		do   func()
		now  time.Duration
		want bool
	}{
		{"nobody has begun", func() {}, 100, false},
		{"only this loop works", func() { own.Beat(1) }, 100, false},
		{"another has just made a round", func() { other.Beat(100) }, 110, false},
		{"another has made none for too long", func() {}, 111, true},
		{"another has made one again", func() { other.Beat(111) }, 112, false},
		{"another has nothing to do", func() { other.Rest() }, 1000, false},
	} {
		step.do()
		first, second := own.AnotherStarves(step.now, limit), own.AnotherStarves(step.now, limit) // one is of the loop that never begins
		if got := first || second; got != step.want || first && second {
			t.Errorf("%s: %v", step.name, got)
		}
	}
}

func TestIsAlone(t *testing.T) {
	if !(Pulse{}).IsAlone() || !make(Set, 1).Of(0).IsAlone() || make(Set, 2).Of(0).IsAlone() {
		t.Error("a loop is alone if there is no other")
	}
}

// The loops write to cache lines of their own.
func TestSlotsAreApart(t *testing.T) {
	if size := reflect.TypeFor[slot]().Size(); size%64 != 0 {
		t.Errorf("a slot has %d bytes", size)
	}
}

func TestNow(t *testing.T) {
	if a, b := Now(), Now(); a <= 0 || b < a {
		t.Errorf("%v, then %v", a, b)
	}
}
