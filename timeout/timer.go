package timeout

import (
	"time"

	"github.com/awaitio/awaitio/internal/alarm"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/proactor"
)

// A Timer calls a function on the proactor's loop when its time is up. It is not an operation, so
// a program may have very many, and reset them often. Several goroutines may call its methods at
// once, and so may the function itself. Make one with NewTimer; it must not be copied.
//
// When the proactor is closed, the timer is stopped.
type Timer struct {
	p *proactor.Proactor
	a alarm.Alarm
}

// NewTimer returns a Timer that is not running; Reset starts it. f runs on the loop of p, so it
// must not block.
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

// Reset schedules the function for d from now, instead of any earlier schedule. It reports
// whether the timer was running. On a closed proactor the error is proactor.ErrClosed, and the
// timer does not run.
func (t *Timer) Reset(d time.Duration) (running bool, err error) { return hook.SetAlarm(t.p, &t.a, d) }

// ResetAt is Reset with an instant.
func (t *Timer) ResetAt(when time.Time) (running bool, err error) {
	return hook.SetAlarmAt(t.p, &t.a, when)
}

// Stop stops the timer and reports whether it was running. If it returns true, the function will
// not be called until Reset. If it returns false, the function has been called or is being
// called, or the timer was already stopped.
func (t *Timer) Stop() bool { return hook.StopAlarm(t.p, &t.a) }
