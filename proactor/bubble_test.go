//go:build unix

package proactor

import (
	"runtime/debug"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

// No caller in a bubble runs the loop outside, whatever year the system's clock or the
// bubble's says.
func TestNoCallerInABubbleCombines(t *testing.T) {
	for name, test := range map[string]struct {
		epoch time.Time // of the proactor; zero: now
		sleep time.Duration
	}{
		"clocks are right":             {},
		"the system's clock is dead":   {epoch: time.Unix(0, 0)},
		"it starts with the bubble's":  {epoch: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)},
		"the bubble sleeps for long":   {sleep: 60 * 365 * 24 * time.Hour},
		"both, and the bubble is late": {epoch: time.Unix(0, 0), sleep: 60 * 365 * 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShared()
			p := simulate(t, Config{}, s)
			if !test.epoch.IsZero() {
				p.epoch = test.epoch
			}
			r := &sharedRig{TB: t, p: p, s: s}
			r.drive()
			done := make(chan bool, 1)
			var bubbled atomic.Bool
			synctest.Test(t, func(*testing.T) {
				time.Sleep(test.sleep)
				c := new(Completion)
				c.SetBatched()
				if err := p.NextTick(c, func(*Completion, Result) {
					bubbled.Store(inBubble())
					done <- true
				}); err != nil {
					t.Fatal(err)
				}
				p.Flush()
			})
			testutil.Receive(t, done, "callback")
			if bubbled.Load() {
				t.Error("the callback ran in the bubble")
			}
			if n := r.wakeUps(); n != 1 {
				t.Errorf("%d wake-ups, want one", n)
			}
			r.stop(nil)
			testutil.Receive(t, r.ended, "end of Run")
		})
	}
}

// In a bubble's time no caller runs the loop at all.
func TestNoSharerInABubble(t *testing.T) {
	var b backend.Backend = newShared()
	if sharer(b, inBubble()) == nil {
		t.Error("no sharer in ordinary time")
	}
	synctest.Test(t, func(t *testing.T) {
		if sharer(b, inBubble()) != nil {
			t.Error("a sharer in the time of a bubble")
		}
	})
	if sharer(&script{}, false) != nil {
		t.Error("a sharer that cannot be shared")
	}
}

// A proactor's own bubble is not another time.
func TestOwnBubbleIsNotOtherTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if p := newProactor(Config{}, newShared()); p.inOtherTime() {
			t.Error("in another time")
		}
	})
}

// A program looks for bubbles unless it is known to have none.
func TestMayBeTest(t *testing.T) {
	if !inTest() {
		t.Error("this is not a test")
	}
	for path, want := range map[string]bool{
		"example.com/x.test":     true,
		"":                       true,
		"example.com/x":          false,
		"command-line-arguments": false,
	} {
		if got := mayBeTest(&debug.BuildInfo{Path: path}); got != want {
			t.Errorf("%q: %v, want %v", path, got, want)
		}
	}
	if !mayBeTest(nil) {
		t.Error("a program without build information cannot be a test")
	}
}
