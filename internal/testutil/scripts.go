package testutil

import (
	"math/rand/v2"
	"testing"
)

// PlayScripts plays random scripts of a length, one for each seed.
func PlayScripts(t *testing.T, seeds uint64, length int, play func(t *testing.T, script []byte)) {
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 0))
		script := make([]byte, length)
		for i := range script {
			script[i] = byte(r.Uint32())
		}
		t.Logf("seed %d", seed)
		play(t, script)
	}
}
