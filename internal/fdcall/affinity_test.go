//go:build unix

package fdcall

import (
	"testing"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// A record serves its caller for some calls, and then goes back to its loop.
func TestRecordsReturnToTheirLoop(t *testing.T) {
	s := open(t, proactor.Config{})
	e, err := s.First().Engine()
	must(t, err)
	w := newWaiter(e)
	w.callsLeft = affinityCalls
	for i := range affinityCalls {
		if !w.reusable() {
			t.Fatalf("%d calls with one record; want %d", i, affinityCalls)
		}
	}
	s.GiveBack(w)
	if s.affinity.reuse() != nil {
		t.Errorf("more than %d calls with one record", affinityCalls)
	}
	if got, _ := e.Waiters.Take(); got != w {
		t.Error("the record is not back at its loop")
	}
}

// The record of an engine that has ended is of no use.
func TestRecordsOfEndedLoopsAreLeft(t *testing.T) {
	s := open(t, proactor.Config{})
	e, err := s.First().Engine()
	must(t, err)
	w := newWaiter(e)
	w.callsLeft = affinityCalls
	must(t, s.Close())
	if w.reusable() {
		t.Error("another call with the record of an engine that has ended")
	}
}

// Many callers outlive the loops that they stay with.
func TestRecordsOfLoopsThatEndAndStart(t *testing.T) {
	callMany(t, open(t, proactor.Config{Loops: testLoops, IdleTimeout: time.Millisecond}), 32, 500)
}
