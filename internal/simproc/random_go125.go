//go:build !go1.26

package simproc

import (
	cryptorand "crypto/rand"
	"encoding/binary"
	mathrand "math/rand"
	"math/rand/v2"
	"sync"
	"testing"
)

// SeedRandom seeds math/rand, if GODEBUG=randseednop=0 lets it, and what crypto/rand.Reader
// gives, for the duration of t. Functions of package crypto that do not ask crypto/rand.Reader
// are seeded from Go 1.26 on.
func SeedRandom(t *testing.T, seed uint64) (seeded bool) {
	//lint:ignore SA1019 programs under test draw on the shared source, which only this seeds
	mathrand.Seed(int64(seed))
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	before := cryptorand.Reader
	cryptorand.Reader = &lockedReader{source: rand.NewChaCha8(key)}
	t.Cleanup(func() { cryptorand.Reader = before })
	return true
}

type lockedReader struct {
	mu     sync.Mutex
	source *rand.ChaCha8
}

func (r *lockedReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.source.Read(p)
}
