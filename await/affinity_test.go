//go:build unix

package await

import (
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
)

// A record serves its caller for some calls, and then goes back to where it is from.
func TestRecordsReturnToTheirLoop(t *testing.T) {
	io := open(t, Config{})
	e, err := io.loops.First().Engine()
	must(t, err)
	w := fdcall.NewWaiter(e)
	w.CallsLeft = fdcall.AffinityCalls
	for i := range fdcall.AffinityCalls {
		if !w.Reusable() {
			t.Fatalf("%d calls with one record; want %d", i, fdcall.AffinityCalls)
		}
	}
	io.loops.GiveBack(w)
	if io.loops.Affinity.Reuse() != nil {
		t.Errorf("more than %d calls with one record", fdcall.AffinityCalls)
	}
	if got, _ := e.Waiters.Take(); got != w {
		t.Error("the record is not where it is from")
	}
}

// The record of an engine that has ended is of no use.
func TestRecordsOfEndedLoopsAreLeft(t *testing.T) {
	io := open(t, Config{})
	e, err := io.loops.First().Engine()
	must(t, err)
	w := fdcall.NewWaiter(e)
	w.CallsLeft = fdcall.AffinityCalls
	must(t, io.Close())
	if w.Reusable() {
		t.Error("another call with the record of an engine that has ended")
	}
}

// Many callers outlive the loops that they stay with.
func TestRecordsOfLoopsThatEndAndStart(t *testing.T) {
	callMany(t, open(t, Config{Loops: testLoops, IdleTimeout: time.Millisecond}), 32, 500)
}

// callMany has callers make so many calls each on no descriptor.
func callMany(t *testing.T, io *IO, callers, calls int) {
	t.Helper()
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range calls {
				if err := io.Nop(background); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}
