//go:build unix

package sim

import "time"

// Sleep waits for d, until an instant at which nothing else happens, or for done. Of what wakes at
// one instant the name decides who comes first. It reports whether the time has passed.
func (w *World) Sleep(name string, d time.Duration, done <-chan struct{}) bool {
	return w.sleep(w.object(name), d, done)
}

func (w *World) sleep(o object, d time.Duration, done <-chan struct{}) bool {
	passed := make(chan struct{})
	w.enter()
	e := w.at(w.now+int64(max(0, d)), o, func() { close(passed) })
	w.leave()
	select {
	case <-passed:
		return true
	case <-done:
	}
	w.enter()
	w.agenda.drop(e)
	w.leave()
	return false
}
