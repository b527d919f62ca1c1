package proactor

import (
	"os"
	"strconv"
	"testing"
)

// rounds is how often a test repeats what must go well every time: n, a tenth
// of it with -short, and n times PROACTOR_ROUNDS where that is set.
func rounds(n int) int { return max(1, int(float64(n)*roundsFactor())) }

func roundsFactor() float64 {
	if factor, err := strconv.ParseFloat(os.Getenv("PROACTOR_ROUNDS"), 64); err == nil {
		return factor
	}
	if testing.Short() {
		return 0.1
	}
	return 1
}

// wantRace fails t if what it is about never happened, in as many rounds as are
// enough for that.
func wantRace(t testing.TB, happened bool) {
	t.Helper()
	if !happened && roundsFactor() >= 1 {
		t.Error("there was no race: nothing was tested")
	}
}
