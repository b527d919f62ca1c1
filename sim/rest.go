//go:build unix

package sim

import (
	"sync"
	"testing/synctest"
)

// rest is what is done whenever a World is at rest.
type rest struct {
	waiting chan struct{} // has one element while nobody is in synctest.Wait
	mu      sync.Mutex
	checks  []check
	begun   bool
	event   chan struct{} // has an element when something has happened
	quit    chan struct{}
	ended   chan struct{}
}

type check struct {
	name   string
	holds  func() error
	broken bool
}

func (r *rest) init() {
	r.waiting, r.quit, r.ended = make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	r.waiting <- struct{}{}
	r.event = make(chan struct{}, 1)
}

// Always calls holds whenever the World is at rest: after each event, when all goroutines of the
// bubble wait. An error fails the run, once for each name. holds must not wait for anything. It runs
// on a goroutine of its own: what it shares with the test and the programs needs a lock, which
// nobody may hold while waiting.
//
// Outside of a bubble the World cannot tell when it is at rest, and calls holds after each event.
func (w *World) Always(name string, holds func() error) {
	r := &w.rest
	r.mu.Lock()
	defer r.mu.Unlock()
	r.checks = append(r.checks, check{name: name, holds: holds})
	if !r.begun {
		r.begun = true
		go w.checkAlways()
	}
}

// Wait is synctest.Wait: it returns when all other goroutines of the bubble wait. A test that
// uses Always must call it instead of synctest.Wait. Outside of a bubble it returns at once.
func (w *World) Wait() {
	if !w.bubble {
		return
	}
	<-w.rest.waiting
	synctest.Wait()
	w.rest.waiting <- struct{}{}
}

// checkAlways checks after each event until the World ends.
func (w *World) checkAlways() {
	defer close(w.rest.ended)
	for {
		select {
		case <-w.rest.quit:
			return
		case <-w.rest.event:
		}
		w.Wait()
		w.check()
	}
}

func (w *World) check() {
	r := &w.rest
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.checks {
		c := &r.checks[i]
		if c.broken {
			continue
		}
		if err := c.holds(); err != nil {
			c.broken = true
			w.errorf("it does not always hold that %s: %v", c.name, err)
		}
	}
}

// stop ends the checks.
func (r *rest) stop() {
	r.mu.Lock()
	begun := r.begun
	r.mu.Unlock()
	if begun {
		close(r.quit)
		<-r.ended
	}
}
