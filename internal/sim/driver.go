//go:build unix

package sim

import "time"

// The driver is a timer, set to the instant of the agenda's first entry. It is one for the
// World, so that whatever happens wakes no more than those whom it concerns. A timer that
// nobody waits for keeps no bubble from its end, as a goroutine would.
type driver struct {
	timer *time.Timer
	set   bool
	at    int64 // the instant it is set to
}

// drive sets the timer by the agenda.
func (w *World) drive() {
	d := &w.driver
	next, some := w.agenda.next()
	switch {
	case d.set == some && (!some || d.at == next):
		return
	case !some:
		d.set = false
		d.timer.Stop()
		return
	}
	d.set, d.at = true, next
	if wait := time.Duration(next - w.now); d.timer == nil {
		d.timer = time.AfterFunc(wait, w.tick)
	} else {
		d.timer.Reset(wait)
	}
}

// tick is what the timer does.
func (w *World) tick() {
	w.mu.Lock()
	w.driver.set = false
	w.mu.Unlock()
	w.enter() // does what is due
	w.leave()
}

// enter makes the caller the one who decides, and brings the World up to date.
func (w *World) enter() {
	w.mu.Lock()
	now := int64(time.Since(w.epoch))
	for e := w.agenda.due(now); e != nil; e = w.agenda.due(now) {
		w.now = max(w.now, w.agenda.last)
		w.opt.Watch.Happened(time.Duration(w.now))
		e.do()
		w.settle()
	}
	w.now = max(w.now, now)
}

// leave lets what the caller changed take its course.
func (w *World) leave() {
	w.settle()
	w.drive()
	w.mu.Unlock()
}

// after has something happen that is about o, now if d is 0.
func (w *World) after(d time.Duration, o object, do func()) *entry {
	if d <= 0 {
		do()
		return nil
	}
	return w.at(w.now+int64(d), o, do)
}

// when is after with an instant, which may be now.
func (w *World) when(at int64, o object, do func()) {
	if at <= w.now {
		do()
		return
	}
	w.at(at, o, do)
}

// at is after with an instant, which is not past.
func (w *World) at(when int64, o object, do func()) *entry { return w.agenda.add(when, o, do) }
