package proactor

import (
	"math"
	"time"

	"github.com/awaitio/awaitio/internal/alarm"
)

// The timerHeap orders Completions by the instant at which their time has passed.
type timerHeap struct{ alarm.Heap[*Completion] }

// newTimerHeap returns an empty timerHeap, which sets the index of each Completion in it.
func newTimerHeap() timerHeap {
	return timerHeap{alarm.Heap[*Completion]{Placed: func(c *Completion, at int) { c.timerSlot = at + 1 }}}
}

// set sets the timer of c to the instant when.
func (h *timerHeap) set(c *Completion, when int64) {
	c.when = when
	if c.timerSlot == 0 {
		h.Push(alarm.Entry[*Completion]{When: when, Of: c})
		return
	}
	h.Replace(c.timerSlot-1, alarm.Entry[*Completion]{When: when, Of: c})
}

// clear removes the timer of c, if it has one.
func (h *timerHeap) clear(c *Completion) {
	if c.timerSlot == 0 {
		return
	}
	i := c.timerSlot - 1
	c.timerSlot = 0
	h.Remove(i)
}

// expired removes and returns a Completion whose time has passed at now, or returns nil.
func (h *timerHeap) expired(now int64) *Completion {
	if len(h.Entries) == 0 || h.Entries[0].When > now {
		return nil
	}
	c := h.Entries[0].Of
	h.clear(c)
	return c
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
