package proactor

import (
	"os"
	"strconv"
	"testing"
)

// rounds is how often a test repeats what must go well every time: n, a tenth
// of it with -short, and n times PROACTOR_ROUNDS where that is set.
func rounds(n int) int {
	if factor, err := strconv.ParseFloat(os.Getenv("PROACTOR_ROUNDS"), 64); err == nil {
		return max(1, int(float64(n)*factor))
	}
	if testing.Short() {
		return max(1, n/10)
	}
	return n
}
