package timeout

import (
	"sync"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// A Timer calls a function on the proactor's loop when its time is up. Its
// methods may be called from any goroutine, the function itself included. Make
// one with NewTimer; it must not be copied.
//
// When the proactor closes, the timer is stopped.
type Timer struct {
	p *proactor.Proactor
	f func()
	c proactor.Completion

	mu       sync.Mutex
	armed    bool // the function is to be called
	when     time.Time
	underWay bool // c is submitted
}

// NewTimer returns a Timer that is not running; Reset starts it. f runs on the
// loop of p, and so must not block.
func NewTimer(p *proactor.Proactor, f func()) *Timer {
	t := &Timer{p: p, f: f}
	t.c.Data = t
	return t
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
func (t *Timer) Reset(d time.Duration) (running bool, err error) {
	return t.ResetAt(time.Now().Add(max(d, 0)))
}

// ResetAt is Reset with an instant.
func (t *Timer) ResetAt(when time.Time) (running bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	running = t.armed
	t.armed, t.when = true, when
	if t.underWay {
		t.p.SetDeadline(&t.c, when)
		return running, nil
	}
	return running, t.submit()
}

// Stop has the function not called. It reports whether the timer was running:
// then the function will not be called, until Reset. Otherwise it has been
// called, or is being called now, or the timer was stopped.
func (t *Timer) Stop() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	running := t.armed
	t.armed = false
	if running && t.underWay {
		t.p.RequestCancel(&t.c)
	}
	return running
}

// submit starts the timer's operation.
func (t *Timer) submit() error {
	err := t.p.Timeout(&t.c, max(time.Until(t.when), 0), expired)
	t.underWay = err == nil
	t.armed = t.armed && t.underWay
	return err
}

// expired is the callback of every timer.
func expired(c *proactor.Completion, r proactor.Result) { c.Data.(*Timer).expired(r) }

// expired is called on the loop when the operation has ended: because its time
// was up, or because it was stopped. What to do about it says the timer's state:
// it may have been reset since.
func (t *Timer) expired(r proactor.Result) {
	t.mu.Lock()
	t.underWay = false
	if t.armed && time.Now().Before(t.when) {
		_ = t.submit() // refused by a closed proactor only: the timer is stopped then
		t.mu.Unlock()
		return
	}
	due := t.armed
	t.armed = false
	t.mu.Unlock()
	if due && !closing(r) {
		t.f()
	}
}
