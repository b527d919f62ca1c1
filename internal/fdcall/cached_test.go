package fdcall

import "testing"

// The last of misses in a row end the attempts for a while; a hit brings them
// back.
func TestAttemptsThatMissGetRare(t *testing.T) {
	var k cacheEstimate
	tried := func(n int) (count int) {
		for range n {
			if k.worth() {
				count++
				k.miss()
			}
		}
		return count
	}
	if got := tried(missesMax); got != missesMax {
		t.Errorf("%d of the first %d are tried", got, missesMax)
	}
	if got := tried(100 * missesStep); got != 100 {
		t.Errorf("%d of the %d after that are tried", got, 100*missesStep)
	}
	k.hit()
	if !k.worth() {
		t.Error("nothing is tried after a hit")
	}
	k.Never()
	if tried(1000) != 0 {
		t.Error("tried what cannot be")
	}
}
