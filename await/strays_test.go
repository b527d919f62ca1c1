//go:build unix

package await

import (
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// A record serves its caller for some calls, and then goes back to where it is from.
func TestStraysGoHome(t *testing.T) {
	io := open(t, proactor.Config{})
	e, err := io.loops.first().engine()
	must(t, err)
	w := newWaiter(e)
	w.stays = staysMax
	for i := range staysMax {
		if !w.stay() {
			t.Fatalf("%d calls with one record; want %d", i, staysMax)
		}
	}
	io.loops.giveBack(w)
	if io.loops.strays.take() != nil {
		t.Errorf("more than %d calls with one record", staysMax)
	}
	if got, _ := e.waiters.take(); got != w {
		t.Error("the record is not where it is from")
	}
}

// The record of an engine that has ended is of no use.
func TestStraysOfTheDeadAreLeft(t *testing.T) {
	io := open(t, proactor.Config{})
	e, err := io.loops.first().engine()
	must(t, err)
	w := newWaiter(e)
	w.stays = staysMax
	must(t, io.Close())
	if w.stay() {
		t.Error("another call with the record of an engine that has ended")
	}
}

// Many callers outlive the loops that they stay with.
func TestStraysOfLoopsThatEndAndStart(t *testing.T) {
	callMany(t, open(t, proactor.Config{Loops: testLoops, IdleTimeout: time.Millisecond}), 32, 500)
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
