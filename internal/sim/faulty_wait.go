//go:build unix

package sim

import (
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
)

// Cancel passes the cancel on, now or late.
func (f *Faulty) Cancel(target, answer backend.Token) bool {
	if f.dice.call(FullCancel) != nil {
		f.dice.count(FullCancel)
		f.refused = true
		return false
	}
	h := f.live[target]
	if h == nil {
		return f.inner.Cancel(target, answer)
	}
	if h.inside {
		late := f.dice.call(LateCancel)
		if late == nil {
			return f.inner.Cancel(target, answer)
		}
		f.dice.count(LateCancel)
		f.cancels = append(f.cancels, heldCancel{target, time.Now().Add(late.Delay.draw(f.dice.rand))})
	}
	if answer != backend.TokenNone {
		f.answers = append(f.answers, backend.Event{Token: answer, Result: -int(syscall.EALREADY)})
	}
	return true
}

// cancelDue passes on the late cancels whose time has come.
func (f *Faulty) cancelDue() error {
	now := time.Now()
	rest := f.cancels[:0]
	for _, c := range f.cancels {
		if c.until.After(now) {
			rest = append(rest, c)
			continue
		}
		if h := f.live[c.target]; h == nil || !h.inside {
			continue // it was faster
		}
		for !f.inner.Cancel(c.target, backend.TokenNone) {
			if _, err := f.inner.Submit(nil); err != nil {
				return err
			}
		}
	}
	f.cancels = rest
	return nil
}

// Wait waits for events, held ones too.
func (f *Faulty) Wait(deadline time.Time) error {
	switch {
	case len(f.local) > 0 || f.refused:
		f.refused = false
		return nil
	case f.dice.call(EarlyWait) != nil:
		f.dice.count(EarlyWait)
		return nil
	}
	if err := f.inner.Wait(f.until(deadline)); err != nil {
		return err
	}
	if len(f.cancels) == 0 {
		return nil
	}
	if err := f.cancelDue(); err != nil {
		return err
	}
	_, err := f.inner.Submit(nil)
	return err
}

// until is the first of deadline and what is held back.
func (f *Faulty) until(deadline time.Time) time.Time {
	first := func(t time.Time) {
		if deadline.IsZero() || t.Before(deadline) {
			deadline = t
		}
	}
	for _, h := range f.held {
		first(h.until)
	}
	for _, c := range f.cancels {
		first(c.until)
	}
	return deadline
}

// closingToken is none the loop makes: its slot would be the last of all.
var closingToken = backend.Token{Index: 1<<32 - 1, Generation: backend.GenerationMax}

// Close closes the inner backend, and first the descriptors in events that
// nobody will reap.
func (f *Faulty) Close() error {
	if f.closed {
		return nil
	}
	f.closed = true
	f.collect()
	for _, h := range f.held {
		f.local = append(f.local, h.event)
	}
	for i := 0; i < len(f.local); i++ { // it may grow
		e := f.local[i]
		if h := f.live[e.Token]; h != nil && backend.DescriptorOps&(1<<h.op) != 0 && e.Result >= 0 {
			if err := f.closeDescriptor(int(e.Result)); err != nil {
				return err
			}
		}
	}
	f.local, f.held, f.cancels, f.live = nil, nil, nil, nil
	return f.inner.Close()
}

// closeDescriptor has the inner backend close fd. What else completes meanwhile
// joins the events that nobody will reap.
func (f *Faulty) closeDescriptor(fd int) error {
	r := &backend.Request{Token: closingToken, Op: backend.OpClose, FD: fd}
	for taken := 0; taken == 0; {
		var err error
		if taken, err = f.inner.Submit([]*backend.Request{r}); err != nil {
			return err
		}
	}
	for {
		n := f.inner.Reap(f.reaped)
		for _, e := range f.reaped[:n] {
			if e.Token == closingToken {
				return nil
			}
			f.local = append(f.local, e)
		}
		if err := f.inner.Wait(time.Time{}); err != nil {
			return err
		}
	}
}
