//go:build unix

package sim

import (
	"sync"
	"time"
)

// stopMax is how much real time programs get to end in, outside of a bubble.
const stopMax = 5 * time.Second

// Close ends a World that New made without a test: nemeses end, and hosts are stopped. It may be
// called more than once. The World of a test ends with the test.
func (w *World) Close() { w.closing.Do(w.end) }

// end ends the World: nemeses, then hosts. In a bubble it lets an hour pass, so that what ends
// by itself has ended when the bubble's clock stops.
func (w *World) end() {
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	w.page.Ended.Store(max(1, int64(w.Elapsed())))
	w.Heal()
	w.stopping.Store(true)
	w.rest.stop()
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		w.stopHosts()
	}()
	patience := stopMax
	if w.bubble {
		patience = survivorsAfter
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-stopped:
	case <-timer.C:
	}
	if w.bubble {
		time.Sleep(survivorsAfter)
		if !w.lookForSurvivors(nil) {
			w.lookForLeftovers()
		}
	}
	w.unwatched.Store(true)
}

// stopHosts stops all hosts at once.
func (w *World) stopHosts() {
	var all sync.WaitGroup
	for _, h := range w.Hosts() {
		all.Go(h.Stop)
	}
	all.Wait()
}
