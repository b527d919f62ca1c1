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
		waitForSecondRead(t, aio, b)
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

// waitForSecondRead waits until two reads of b wait, one perhaps for the other.
func waitForSecondRead(t *testing.T, aio *IO, b *Conn) {
	t.Helper()
	testutil.Eventually(t, patience, func() bool {
		s := aio.Stats()
		return s.Submitted-s.Completed+uint64(b.d.Waiting()) == 2
	}, "two reads wait")
}
