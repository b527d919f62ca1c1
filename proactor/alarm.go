package proactor

import (
	"math"
	"time"

	"github.com/awaitio/awaitio/internal/alarm"
	"github.com/awaitio/awaitio/internal/hook"
)

func init() {
	hook.SetAlarm = func(p any, a *alarm.Alarm, d time.Duration) (bool, error) { return p.(*Proactor).setAlarm(a, d) }
	hook.SetAlarmAt = func(p any, a *alarm.Alarm, t time.Time) (bool, error) { return p.(*Proactor).setAlarmAt(a, t) }
	hook.StopAlarm = func(p any, a *alarm.Alarm) bool { return p.(*Proactor).alarms.Stop(a) }
}

func (p *Proactor) setAlarm(a *alarm.Alarm, d time.Duration) (wasSet bool, err error) {
	if p.inTest && p.inOtherTime() {
		return p.setFromOtherTime(a, d)
	}
	return p.setAlarmInstant(a, p.after(max(d, 0)))
}

func (p *Proactor) setAlarmAt(a *alarm.Alarm, t time.Time) (wasSet bool, err error) {
	if p.inTest && p.inOtherTime() {
		return p.setFromOtherTime(a, time.Until(t))
	}
	return p.setAlarmInstant(a, max(p.at(t), 1))
}

func (p *Proactor) setAlarmInstant(a *alarm.Alarm, when int64) (wasSet bool, err error) {
	wasSet, first, ok := false, false, false
	if !p.closing.Load() {
		wasSet, first, ok = p.alarms.Set(a, when)
	}
	if !ok {
		return false, &OpError{Op: "set alarm", FD: -1, Err: p.refused()}
	}
	if first {
		p.wake() // it may have parked for longer
	}
	return wasSet, nil
}

// setFromOtherTime is setAlarm for a caller in a testing/synctest bubble, whose
// clock is not the proactor's: the loop looks at that.
func (p *Proactor) setFromOtherTime(a *alarm.Alarm, d time.Duration) (wasSet bool, err error) {
	const unknown = math.MaxInt64
	if wasSet, err = p.setAlarmInstant(a, unknown); err != nil {
		return false, err
	}
	return wasSet, p.NextTick(new(Completion), func(*Completion, Result) {
		p.alarms.Move(a, unknown, p.after(max(d, 0))) // unless it was stopped or set since
	})
}
