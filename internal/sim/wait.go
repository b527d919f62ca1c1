//go:build unix

package sim

import (
	"slices"
	"time"
)

// Wait returns when there is an event, at the deadline, or after Wake. On a boot that has
// ended it fails.
func (b *Backend) Wait(deadline time.Time) error {
	var end int64
	if !deadline.IsZero() {
		end = max(1, int64(deadline.Sub(b.w.epoch)))
	}
	var err error
	b.waitUntil(end, func() bool {
		woken := b.woken
		b.woken, err = false, b.failure()
		return woken || err != nil || b.seen() > 0
	})
	return err
}

// failure is why the backend can do nothing more.
func (b *Backend) failure() error {
	if b.boot.state != bootRuns {
		b.failed = true
		b.setEnd(0)
		return ErrCrashed
	}
	return nil
}

// waitUntil waits for cond, which what happens in the World makes true, or the
// instant end (0: none).
func (b *Backend) waitUntil(end int64, cond func() bool) {
	for {
		b.w.enter()
		b.waiting = !cond() && (end == 0 || b.w.now < end)
		stop := !b.waiting
		if !stop {
			b.setEnd(end)
		}
		b.w.leave()
		if stop {
			return
		}
		<-b.nudges
	}
}

// setEnd has a nudge come at an instant; 0 is never. It is in the agenda, so that no two backends get
// theirs at one instant: the order in which timers of package time fire that are due at one is Go's.
func (b *Backend) setEnd(end int64) {
	if b.end != nil && b.end.place >= 0 && b.end.when == end {
		return
	}
	b.w.agenda.drop(b.end)
	b.end = nil
	if end != 0 {
		b.end = b.w.at(end, b.boot.id, b.nudge)
	}
}

// nudge has a waiting goroutine look again.
func (b *Backend) nudge() {
	if !b.waiting {
		return
	}
	select {
	case b.nudges <- struct{}{}:
	default:
	}
}

// Wake ends a Wait, or the next.
func (b *Backend) Wake() {
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	b.woken = true
	b.nudge()
}

func sortFlights(all []*flight) {
	slices.SortFunc(all, func(a, b *flight) int { return a.token.Compare(b.token) })
}
