//go:build unix

package sim

import (
	"testing"
	"testing/synctest"
	"time"
)

// heard counts what a Watcher is told.
type heard struct {
	events   int
	traveled int
	worked   int
	last     time.Duration
	lines    []Entry
	faults   []FaultID
}

func (h *heard) Happened(at time.Duration) { h.events++; h.last = at }
func (h *heard) Traveled()                 { h.traveled++ }
func (h *heard) Worked()                   { h.worked++ }
func (h *heard) Noted(e Entry)             { h.lines = append(h.lines, e) }
func (h *heard) Struck(id FaultID)         { h.faults = append(h.faults, id) }

func TestWatcherIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := new(heard)
		w := New(1, Options{Watch: h})
		if _, err := w.AddHost("a"); err != nil {
			t.Fatal(err)
		}
		if err := w.Host("a").Boot().Mkdir("/d", 0o755); err != nil || h.worked != 1 {
			t.Errorf("a directory is made: %v, heard %+v", err, h)
		}
		if err := w.Host("a").Boot().Mkdir("/d", 0o755); err == nil || h.worked != 1 {
			t.Errorf("it is made twice: %v, heard %+v", err, h)
		}
		w.enter()
		w.after(time.Second, 0, func() { w.note("a", 7, "something") })
		w.leave()
		time.Sleep(2 * time.Second)
		w.enter() // a Watcher is told under the World's lock
		defer w.leave()
		if h.events != 1 || h.last != time.Second || len(h.lines) != 1 || h.lines[0] != (Entry{time.Second, "a", 7, "something"}) {
			t.Errorf("heard %+v", h)
		}
	})
}

// TestKeepTakesTheOthersOut holds that a fault which is kept happens as before.
func TestKeepTakesTheOthersOut(t *testing.T) {
	strikes := func(o Options) []FaultID {
		h := new(heard)
		o.Watch = h
		w := New(5, o)
		for n := range uint64(100) {
			w.Strikes("x", n, 0.2)
		}
		return h.faults
	}
	all := strikes(Options{})
	if len(all) < 5 {
		t.Fatalf("%d of 100 strike", len(all))
	}
	if got := strikes(Options{Keep: []uint64{uint64(all[2])}}); len(got) != 1 || got[0] != all[2] {
		t.Errorf("kept %v: struck %v", all[2], got)
	}
	if got := strikes(Options{Keep: []uint64{}}); len(got) != 0 {
		t.Errorf("kept none: struck %v", got)
	}
}
