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

// seedRandom seeds math/rand, and what crypto/rand.Reader gives. Functions of package crypto
// that do not ask crypto/rand.Reader are seeded from Go 1.26 on.
func seedRandom(t *testing.T, seed uint64) {
	mathrand.Seed(int64(seed)) // has an effect by the parent's GODEBUG=randseednop=0
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	before := cryptorand.Reader
	cryptorand.Reader = &lockedReader{source: rand.NewChaCha8(key)}
	t.Cleanup(func() { cryptorand.Reader = before })
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
