//go:build unix

package lawstest

import (
	"time"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/proactor"
)

// interfere does something about an operation under way, or over.
func (l *schedule) interfere() {
	if len(l.ops) == 0 {
		return
	}
	recent := l.ops[max(0, len(l.ops)-10):]
	f := l.owner[recent[l.chance.IntN(len(recent))].c]
	switch l.chance.IntN(6) {
	case 0, 1:
		f.asked, f.askedForSure = true, true
		l.p.RequestCancel(f.c)
	case 2:
		f.asked, f.askedForSure = true, true
		f.abandoned = !l.driven && !l.calling // then nothing is complete that was not called back
		hook.Abandon(l.p, f.c)
	case 3:
		at := time.Now().Add(time.Duration(l.chance.Int64N(int64(10*time.Millisecond))) - time.Millisecond)
		f.moved = true
		if f.deadline.IsZero() || at.Before(f.deadline) {
			f.deadline = at
		}
		if l.chance.IntN(4) == 0 {
			at = time.Time{}
		}
		l.p.SetDeadline(f.c, at)
	default:
		l.cancel(f)
	}
}

func (l *schedule) cancel(target *operation) {
	x := &operation{name: "cancel", target: target, timeless: true}
	x.also = []error{proactor.ErrNotFound, proactor.ErrAlreadyInProgress}
	calls := target.calls
	if l.submit(x, func(c *proactor.Completion, callback proactor.Callback) error {
		return l.p.Cancel(c, target.c, callback)
	}) && calls == 0 {
		target.asked = true
	}
}

// onLoop is what the proactor does without descriptors.
func (l *schedule) onLoop() {
	switch l.chance.IntN(5) {
	case 0:
		l.submit(&operation{name: "nop"}, l.p.Nop)
	case 1:
		l.submit(&operation{name: "next tick", timeless: true}, l.p.NextTick)
	case 2:
		l.timer()
	case 3:
		l.triggers++
		l.p.Trigger(&l.event)
	default:
		f := &operation{name: "listen", also: []error{proactor.ErrInUse}}
		f.end = func(f *operation) {
			if f.r.Err == nil {
				l.heard++
			}
		}
		l.submit(f, func(c *proactor.Completion, callback proactor.Callback) error {
			return l.p.OnTrigger(c, &l.event, callback)
		})
	}
}

func (l *schedule) timer() {
	d := time.Duration(l.chance.Int64N(int64(30 * time.Millisecond)))
	f := &operation{name: "timer", timeless: true}
	f.end = func(f *operation) {
		elapsed := f.at.Sub(f.since)
		early := elapsed < d && f.deadline.IsZero()
		late := l.driven && elapsed > d && !f.moved
		if f.r.Err == nil && (early || late) {
			l.errorf("a timer of %v took %v", d, elapsed)
		}
	}
	l.submit(f, func(c *proactor.Completion, callback proactor.Callback) error {
		c.SetDeadline(time.Time{})
		return l.p.Timeout(c, d, callback)
	})
}
