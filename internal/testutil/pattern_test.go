package testutil

import "testing"

func TestPoisonUntouched(t *testing.T) {
	for _, size := range []int{0, 1, 255, 4096} {
		b := make([]byte, size)
		Poison(b)
		wantNoFailure(t, runFake(t, func(tb testing.TB) { CheckPoison(tb, b) }))
	}
}

func TestPoisonTouched(t *testing.T) {
	b := make([]byte, 300)
	Poison(b)
	b[7], b[299] = 0, 0
	wantFailure(t, runFake(t, func(tb testing.TB) { CheckPoison(tb, b) }), "2 of 300", "at 7", "0x00")
}

// Whatever is written, most of its bytes must differ from the pattern.
func TestPoisonIsNoConstant(t *testing.T) {
	b := make([]byte, 256)
	Poison(b)
	seen := map[byte]int{}
	for _, c := range b {
		seen[c]++
	}
	for c, n := range seen {
		if c == 0 || n > len(b)/64 {
			t.Errorf("%#02x occurs %d times in %d", c, n, len(b))
		}
	}
}
