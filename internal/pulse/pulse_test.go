package pulse

import (
	"reflect"
	"testing"
	"time"
)

func TestStarved(t *testing.T) {
	set := NewSet(3)
	own, other := set.Of(0), set.Of(2)
	for _, step := range []struct {
		name string
		do   func()
		now  time.Duration
		want time.Duration
	}{
		{"nobody has begun", func() {}, 100, 0},
		{"only this loop works", func() { own.Beat(1) }, 100, 0},
		{"another has just made a round", func() { other.Beat(100) }, 110, 10},
		{"another has made none for longer", func() {}, 111, 11},
		{"another has made one again", func() { other.Beat(111) }, 112, 1},
		{"another has made one since", func() {}, 110, 0},
		{"another has nothing to do", func() { other.Rest() }, 1000, 0},
	} {
		step.do()
		first, second := own.Starved(step.now), own.Starved(step.now) // one is of the loop that never begins
		if got := first + second; got != step.want || first != 0 && second != 0 {
			t.Errorf("%s: %v and %v", step.name, first, second)
		}
	}
}

func TestTimes(t *testing.T) {
	set := NewSet(2)
	own, other := set.Of(0), set.Of(1)
	for i, want := range []int{1, 2, 1, 2, 3} {
		if i == 0 || i == 2 {
			other.Beat(time.Duration(i + 1))
		}
		own.Starved(10)
		if got := own.Times(); got != want {
			t.Errorf("call %d: %d, want %d", i, got, want)
		}
	}
}

func TestIsContended(t *testing.T) {
	set := NewSet(2)
	own, other := set.Of(0), set.Of(1)
	if own.IsContended(1) {
		t.Error("nobody has said so")
	}
	other.SetContended(10)
	if !own.IsContended(9) || own.IsContended(10) {
		t.Error("not until 10")
	}
}

func TestIsAlone(t *testing.T) {
	single, one, two := Pulse{}, NewSet(1).Of(0), NewSet(2).Of(0)
	if !single.IsAlone() || !one.IsAlone() || two.IsAlone() || single.Starved(1) != 0 {
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

func TestAt(t *testing.T) {
	before := time.Now()
	at := At(Now())
	if after := time.Now(); at.Before(before) || at.After(after) {
		t.Errorf("%v is not between %v and %v", at, before, after)
	}
}
