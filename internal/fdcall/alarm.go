package fdcall

import (
	"sync"
	"time"
)

// An alarm rings at a settable instant. It is for calls on an abandonable file, which do
// not wait until the proactor has stopped an operation at its deadline.
type alarm struct {
	mu    sync.Mutex
	timer *time.Timer
	rung  chan struct{} // closed when it rings
}

// wait is closed when the alarm rings, however it is set meanwhile.
func (a *alarm) wait() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.rung
}

// set has the alarm ring at t; the zero Time is never.
func (a *alarm) set(t time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.timer != nil && !a.timer.Stop() {
		<-a.rung // it is ringing
	}
	a.timer = nil
	ringing := isClosed(a.rung)
	left := time.Until(t)
	switch {
	case t.IsZero() || left > 0:
		if ringing {
			a.rung = make(chan struct{})
		}
		if !t.IsZero() {
			rung := a.rung
			a.timer = time.AfterFunc(left, func() { close(rung) })
		}
	case !ringing:
		close(a.rung)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
