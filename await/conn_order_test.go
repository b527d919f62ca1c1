//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package await

import (
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
)

// On a poller, reads of one connection are served in the order they came, though their callers make
// them.
func TestLaterReadsAreServedInOrder(t *testing.T) {
	aio := open(t, Config{Backend: testutil.Poller})
	a, b := watchedPair(t, aio)
	for range 20 {
		var reads []<-chan outcome
		first := make([]byte, 1)
		reads = append(reads, later(func() (int, error) { return b.Read(first) }))
		waitUnderWay(t, aio, 1)
		second := make([]byte, 1)
		reads = append(reads, later(func() (int, error) { return b.Read(second) }))
		waitUnderWay(t, aio, 2, b)
		_, err := a.Write([]byte("12"))
		must(t, err)
		for _, read := range reads {
			o := receive(t, read, "a Read")
			wantCount(t, "Read", o.n, o.err, 1)
		}
		if first[0] != '1' || second[0] != '2' {
			t.Fatalf("the first got %q, the second %q", first, second)
		}
	}
}
