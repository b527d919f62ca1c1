package testutil

import "testing"

// Poison fills b with a pattern that CheckPoison knows. A buffer poisoned as
// soon as it came back shows whether the kernel still writes to it, which the
// race detector cannot see.
func Poison(b []byte) {
	for i := range b {
		b[i] = poison(i)
	}
}

// CheckPoison fails t if a byte of b changed since Poison(b).
func CheckPoison(t testing.TB, b []byte) {
	t.Helper()
	changed, first := 0, 0
	for i, got := range b {
		if got == poison(i) {
			continue
		}
		if changed == 0 {
			first = i
		}
		changed++
	}
	if changed > 0 {
		t.Errorf("%d of %d poisoned bytes changed; the first, at %d, is %#02x, want %#02x",
			changed, len(b), first, b[first], poison(first))
	}
}

// poison is never zero, which is what a kernel writes most often.
func poison(i int) byte {
	return 0x80 | byte(i*37)
}

// FileContents returns the n bytes at offset off of what TempFile writes. The
// period is prime, so that a read at a wrong page or block shows.
func FileContents(off, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte((off + i) % 251)
	}
	return b
}
