//go:build go1.26

package simproc

import (
	mathrand "math/rand"
	"testing"
	"testing/cryptotest"
)

// SeedRandom seeds math/rand, if GODEBUG=randseednop=0 lets it, and crypto/rand with all that
// draws on it, for the duration of t. What math/rand/v2 and the runtime draw themselves cannot
// be seeded. It reports whether crypto/rand is seeded: not in a test that is parallel.
func SeedRandom(t *testing.T, seed uint64) (seeded bool) {
	defer func() {
		if !seeded {
			_ = recover() // how package cryptotest says that t is parallel
		}
	}()
	//lint:ignore SA1019 programs under test draw on the shared source, which only this seeds
	mathrand.Seed(int64(seed))
	cryptotest.SetGlobalRandom(t, seed)
	return true
}
