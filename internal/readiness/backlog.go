//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import "time"

// A backlog is connects to unix sockets whose listener has no room: connect(2)
// fails with EAGAIN, and no poller tells when there is room again. They are
// tried from time to time.
type backlog struct {
	queue
	next time.Time
}

// backlogInterval is the time between two attempts.
const backlogInterval = 2 * time.Millisecond

func (b *backlog) push(o *operation) {
	if b.head == nil {
		b.next = time.Now().Add(backlogInterval)
	}
	b.queue.push(o)
}

// limit is the earlier of deadline and the next attempt.
func (b *backlog) limit(deadline time.Time) time.Time {
	if b.head == nil || !deadline.IsZero() && deadline.Before(b.next) {
		return deadline
	}
	return b.next
}

// retry attempts what waits, when it is time.
func (b *backlog) retry(e *Engine) {
	if b.head == nil || time.Now().Before(b.next) {
		return
	}
	waiting := b.queue
	b.queue = queue{}
	for o := waiting.head; o != nil; {
		next := o.next
		o.stage = stageNew
		if !e.attempt(o) {
			e.wait(o)
			if o.stage == stageLine {
				e.arm(o.req.FD)
			}
		}
		o = next
	}
}
