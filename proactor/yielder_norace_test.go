//go:build !race

// The race detector has the scheduler shuffle the run queue.

package proactor

import (
	"runtime"
	"sync/atomic"
	"testing"
)

// TestYielderIsLast wakes goroutines as a round does, and looks who has run when the
// loop is back.
func TestYielderIsLast(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	r := newYielder()
	defer r.end()
	for _, n := range []int{1, 2, 3, 50} {
		var ran atomic.Int32
		wake := make([]chan struct{}, n)
		for i := range wake {
			wake[i] = make(chan struct{}, 1)
			go func() { <-wake[i]; ran.Add(1) }()
		}
		// Until all wait, and the recall too. One time may be too few: once in 61 times
		// the scheduler looks first where this goroutine is.
		for range 3 {
			runtime.Gosched()
		}
		for i := range wake {
			if i == n-1 {
				r.arrange()
			}
			wake[i] <- struct{}{}
		}
		if !r.asked {
			t.Fatal("nothing was arranged")
		}
		r.wait(0)
		if got := int(ran.Load()); got != n {
			t.Errorf("back after %d of %d", got, n)
		}
	}
}
