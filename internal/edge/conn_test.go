package edge

import (
	"runtime"
	"sync/atomic"
	"testing"
)

// watched is a connection that an engine watches.
func watched(t *testing.T) *Conn {
	t.Helper()
	c := new(Conn)
	if c.IsOn() || c.Attempt() {
		t.Fatal("the zero Conn is watched")
	}
	if !c.Begin(new(Counts)) || c.Begin(new(Counts)) || !c.IsOn() {
		t.Fatal("one engine watches it")
	}
	return c
}

// attempted is a watched connection after an attempt.
func attempted(t *testing.T, all, nothing bool) *Conn {
	t.Helper()
	c := watched(t)
	if !c.Attempt() {
		t.Fatal("no attempt, though nobody knows what is there")
	}
	c.Attempted(all, nothing)
	return c
}

// parked is a connection whose receiver waits.
func parked(t *testing.T) (c *Conn, woken <-chan struct{}) {
	t.Helper()
	c = attempted(t, true, true)
	woken, ok := c.Park()
	if !ok || len(woken) > 0 {
		t.Fatal("it cannot wait")
	}
	return c, woken
}

func TestAttempts(t *testing.T) {
	for name, test := range map[string]struct {
		all, nothing, last bool
		want               bool
	}{
		"nothing was there":             {all: true, nothing: true},
		"all was received":              {all: true},
		"some may be left":              {want: true},
		"all, and the end was told":     {all: true, last: true, want: true},
		"nothing, and an end was told":  {all: true, nothing: true, last: true},
		"some left, and the end before": {last: true, want: true},
	} {
		t.Run(name, func(t *testing.T) {
			c := watched(t)
			c.Tell(test.last)
			if !c.Attempt() {
				t.Fatal("no attempt after it was told")
			}
			c.Attempted(test.all, test.nothing)
			if got := c.Attempt(); got != test.want {
				t.Errorf("worth an attempt: %v", got)
			}
		})
	}
}

// What is told during an attempt counts: it may have come too late for it.
func TestToldDuringAnAttempt(t *testing.T) {
	c := watched(t)
	c.Attempt()
	if c.Tell(false) {
		t.Error("nobody waits, and was woken")
	}
	c.Attempted(true, true)
	if !c.Attempt() {
		t.Error("what was told is lost")
	}
}

// Whatever ends a wait wakes the receiver once.
func TestEndsOfAWait(t *testing.T) {
	for name, test := range map[string]struct {
		end    func(c *Conn)
		on     bool
		passed bool
	}{
		"told":      {end: func(c *Conn) { c.Tell(false) }, on: true},
		"the end":   {end: func(c *Conn) { c.Tell(true) }, on: true},
		"woken":     {end: (*Conn).Wake, on: true},
		"passed on": {end: func(c *Conn) { c.PassOn() }, on: true, passed: true},
		"unwatched": {end: (*Conn).End},
	} {
		t.Run(name, func(t *testing.T) {
			c, woken := parked(t)
			for range 2 {
				test.end(c)
			}
			if len(woken) != 1 {
				t.Errorf("%d wake-ups, want 1", len(woken))
			}
			if c.Interrupt() {
				t.Error("it waits still")
			}
			c.Resume()
			if n := c.parked; n.Parked.Load() != 1 || n.Resumed.Load() != 1 {
				t.Errorf("%d waits began, %d ended", n.Parked.Load(), n.Resumed.Load())
			}
			if c.IsOn() != test.on || c.PassedOn() != test.passed || c.PassedOn() {
				t.Errorf("watched: %v; passed on: %v, then %v", c.IsOn(), !test.passed, c.PassedOn())
			}
		})
	}
}

func TestInterruptedWaitIsNotWoken(t *testing.T) {
	c, woken := parked(t)
	if !c.Interrupt() {
		t.Fatal("it did not wait")
	}
	c.Tell(false)
	c.Wake()
	c.End()
	if len(woken) != 0 {
		t.Error("woken though nobody waits")
	}
}

func TestParkAfterItWasTold(t *testing.T) {
	c := attempted(t, true, true)
	c.Tell(false)
	if _, ok := c.Park(); ok {
		t.Error("it waits for what was told")
	}
	if !c.Attempt() {
		t.Error("no attempt of what was told")
	}
}

// A receiver finds each of many messages, though the engine, a context and a deadline
// interfere, and the channel is empty in the end.
func TestNoMessageIsLost(t *testing.T) {
	c := watched(t)
	const messages = 100000
	var there atomic.Int64 // what recv(2) would find
	go func() {
		for i := range messages {
			there.Add(1)
			c.Tell(false)
			if i%3 == 0 {
				c.Wake()
			}
			if i%100 == 0 {
				runtime.Gosched()
			}
		}
	}()
	for got := int64(0); got < messages; {
		if c.Attempt() {
			n := there.Swap(0)
			got += n
			c.Attempted(true, n == 0)
			continue
		}
		if woken, ok := c.Park(); ok {
			if got%7 == 0 && c.Interrupt() {
				runtime.Gosched() // to the engine, where Go uses one CPU
			} else {
				<-woken
			}
			c.Resume()
		}
	}
	if _, ok := c.Park(); ok {
		c.Interrupt()
	}
	if len(c.woken) != 0 {
		t.Error("a wake-up for nobody")
	}
}
