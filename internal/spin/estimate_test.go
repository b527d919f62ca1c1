package spin

import (
	"testing"
	"time"
)

func TestScoreStaysInBounds(t *testing.T) {
	var e Estimate
	for range 100 {
		e.Note(true)
		if e.Score() > Max || !e.Worth() {
			t.Fatalf("score %d after a success", e.Score())
		}
	}
	if e != Sure() {
		t.Errorf("%+v is not sure", e)
	}
	spins := 0
	for ; e.Worth(); spins++ {
		e.Note(false)
		if e.Score() < 0 {
			t.Fatalf("score %d", e.Score())
		}
	}
	if want := (Max + Cost - 1) / Cost; spins != want {
		t.Errorf("%d spins that find nothing until it is not worth it, want %d", spins, want)
	}
}

func TestSpinProbesNowAndThen(t *testing.T) {
	var e Estimate
	probes := 0
	for range 4 * AnyEvery {
		if e.Worth() {
			probes++
			e.Note(false)
		}
	}
	if probes != 4 {
		t.Errorf("%d probes in %d calls, want 4", probes, 4*AnyEvery)
	}
	for !e.Worth() {
	}
	e.Note(true) // it pays again
	if !e.Worth() {
		t.Error("not worth it after a probe that succeeded")
	}
}

// After a yield that has cost a time slice there is no spin for as many calls as would save that.
func TestNoSpinAfterTheCPUWasLost(t *testing.T) {
	for name, test := range map[string]struct {
		lost []time.Duration
		want int // calls without a spin
	}{
		"nothing":         {},
		"little":          {lost: []time.Duration{lostMin, lostMin}},
		"a time slice":    {lost: []time.Duration{1000 * saved}, want: 1000},
		"two time slices": {lost: []time.Duration{1000 * saved, 500 * saved}, want: 1500},
	} {
		t.Run(name, func(t *testing.T) {
			e := Sure()
			for _, d := range test.lost {
				e.Lost(d)
			}
			e.Note(true)
			got := 0
			for ; !e.Worth(); got++ {
			}
			if got != test.want {
				t.Errorf("no spin for %d calls, want %d", got, test.want)
			}
		})
	}
}
