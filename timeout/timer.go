package timeout

import (
	"time"

	"github.com/awaitio/awaitio/internal/alarm"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/proactor"
)

// A Timer calls a function on the proactor's loop when its time is up. It is no
// operation: a program may have very many, or set them very often. Its
// methods may be called from any goroutine, the function itself included. Make
// one with NewTimer; it must not be copied.
//
// When the proactor closes, the timer is stopped.
type Timer struct {
	p *proactor.Proactor
	a alarm.Alarm
}

// NewTimer returns a Timer that is not running; Reset starts it. f runs on the
// loop of p, and so must not block.
func NewTimer(p *proactor.Proactor, f func()) *Timer {
	return &Timer{p: p, a: alarm.Alarm{F: f}}
}

// AfterFunc returns a Timer that calls f once, d from now. A negative d is zero.
// The error is proactor.ErrClosed.
func AfterFunc(p *proactor.Proactor, d time.Duration, f func()) (*Timer, error) {
	t := NewTimer(p, f)
	if _, err := t.Reset(d); err != nil {
		return nil, err
	}
	return t, nil
}

// Reset has the function called d from now, and not when it was to be called
// before. It reports whether the timer was running. The error is
// proactor.ErrClosed, and then it is not.
func (t *Timer) Reset(d time.Duration) (running bool, err error) { return hook.SetAlarm(t.p, &t.a, d) }

// ResetAt is Reset with an instant.
func (t *Timer) ResetAt(when time.Time) (running bool, err error) {
	return hook.SetAlarmAt(t.p, &t.a, when)
}

// Stop has the function not called. It reports whether the timer was running:
// then the function will not be called, until Reset. Otherwise it has been
// called, or is being called now, or the timer was stopped.
func (t *Timer) Stop() bool { return hook.StopAlarm(t.p, &t.a) }
