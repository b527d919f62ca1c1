package spin

import "testing"

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
