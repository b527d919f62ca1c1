//go:build go1.26

package simproc

import (
	mathrand "math/rand"
	"testing"
	"testing/cryptotest"
)

// seedRandom seeds math/rand, and crypto/rand with all that draws on it. What math/rand/v2 and
// the runtime draw themselves cannot be seeded.
func seedRandom(t *testing.T, seed uint64) {
	mathrand.Seed(int64(seed)) // has an effect by the parent's GODEBUG=randseednop=0
	cryptotest.SetGlobalRandom(t, seed)
}
