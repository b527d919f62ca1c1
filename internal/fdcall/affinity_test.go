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
	w := NewWaiter(e)
	w.CallsLeft = AffinityCalls
	for i := range AffinityCalls {
		if !w.Reusable() {
			t.Fatalf("%d calls with one record; want %d", i, AffinityCalls)
		}
	}
	s.GiveBack(w)
	if s.Affinity.Reuse() != nil {
		t.Errorf("more than %d calls with one record", AffinityCalls)
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
	w := NewWaiter(e)
	w.CallsLeft = AffinityCalls
	must(t, s.Close())
	if w.Reusable() {
		t.Error("another call with the record of an engine that has ended")
	}
}

// Many callers outlive the loops that they stay with.
func TestRecordsOfLoopsThatEndAndStart(t *testing.T) {
	callMany(t, open(t, proactor.Config{Loops: testLoops, IdleTimeout: time.Millisecond}), 32, 500)
}
