package proactor

import (
	"math"
	"time"
)

// An Alarm calls a function on the loop when its time is up: a timer that is no
// operation, for programs that have very many or set them very often. It costs a lock
// and, mostly, no more: what is stopped before its time is not looked for.
//
// Set F, then use it with one proactor. It must not be copied while it is set.
// Package timeout has timers made of it.
type Alarm struct {
	// F is called on the loop, like a Callback, and must not block. It may set
	// the Alarm again. Change it only while the Alarm is not set.
	F func()

	when  int64 // instant on the proactor's clock; 0: not set
	entry int64 // instant of its entry in the queue; 0: none
}

// SetAlarm has a.F called d from now; a negative d is zero. Where a is set already
// it is moved. It reports whether that was so. The error is ErrClosed. It may be
// called from any goroutine.
func (p *Proactor) SetAlarm(a *Alarm, d time.Duration) (wasSet bool, err error) {
	if p.inOtherTime() {
		return p.setFromOtherTime(a, d)
	}
	return p.setAlarm(a, p.after(max(d, 0)))
}

// SetAlarmAt is SetAlarm with an instant.
func (p *Proactor) SetAlarmAt(a *Alarm, t time.Time) (wasSet bool, err error) {
	if p.inOtherTime() {
		return p.setFromOtherTime(a, time.Until(t))
	}
	return p.setAlarm(a, max(p.at(t), 1))
}

// StopAlarm has a.F not called. It reports whether a was set: then F will not be
// called until it is set again. Otherwise it has been called, or is being called
// now, or a was never set. It may be called from any goroutine.
func (p *Proactor) StopAlarm(a *Alarm) (wasSet bool) {
	q := &p.alarms
	q.mu.Lock()
	defer q.mu.Unlock()
	wasSet = a.when != 0
	q.stop(a)
	return wasSet
}

func (p *Proactor) setAlarm(a *Alarm, when int64) (wasSet bool, err error) {
	q := &p.alarms
	q.mu.Lock()
	if q.closed || p.closing.Load() {
		q.mu.Unlock()
		return false, &OpError{Op: "set alarm", FD: -1, Err: p.refused()}
	}
	wasSet = a.when != 0
	first := q.set(a, when)
	q.mu.Unlock()
	if first {
		p.wake() // it may have parked for longer
	}
	return wasSet, nil
}

// setFromOtherTime is SetAlarm for a caller in a testing/synctest bubble, whose
// clock is not the proactor's: the loop looks at that.
func (p *Proactor) setFromOtherTime(a *Alarm, d time.Duration) (wasSet bool, err error) {
	const unknown = math.MaxInt64
	if wasSet, err = p.setAlarm(a, unknown); err != nil {
		return false, err
	}
	return wasSet, p.NextTick(new(Completion), func(*Completion, Result) {
		q := &p.alarms
		q.mu.Lock()
		defer q.mu.Unlock()
		if a.when == unknown && !q.closed { // not stopped or set since
			q.set(a, p.after(max(d, 0)))
		}
	})
}
