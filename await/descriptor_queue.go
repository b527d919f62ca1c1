package await

import (
	"context"
	"time"
)

// A queue counts the calls in one direction of a descriptor that wait for other
// calls: for the write lock, for the position, or for a place to block a thread. None
// of them is with the proactor yet, so the descriptor itself ends their wait. Its
// lock guards the queue.
type queue struct {
	waiting int
	timer   *time.Timer   // fires at the deadline, while a call waits
	ended   chan struct{} // closed when the waits end; calls that come later get a new one
}

// end ends all waits.
func (q *queue) end() {
	if q.ended != nil {
		close(q.ended)
		q.ended = nil
	}
}

func (q *queue) stopTimer() {
	if q.timer != nil {
		q.timer.Stop()
		q.timer = nil
	}
}

// enqueue counts a call that is about to wait. The channel is closed when the wait
// must end: when the deadline passes, wherever it is moved to meanwhile, or when d is
// closed. dequeue is to follow, unless there is an error.
func (d *descriptor) enqueue(dir direction) (ended <-chan struct{}, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.usable(dir); err != nil {
		return nil, err
	}
	q := &d.side[dir].queue
	if q.ended == nil {
		q.ended = make(chan struct{})
	}
	q.waiting++
	if q.timer == nil {
		d.timeQueue(dir)
	}
	return q.ended, nil
}

func (d *descriptor) dequeue(dir direction) {
	d.mu.Lock()
	defer d.mu.Unlock()
	q := &d.side[dir].queue
	if q.waiting--; q.waiting == 0 {
		q.stopTimer()
	}
}

// timeQueue has the calls that wait end at the deadline as it is now. The lock is held.
func (d *descriptor) timeQueue(dir direction) {
	q, deadline := &d.side[dir].queue, d.side[dir].deadline
	q.stopTimer()
	switch {
	case q.waiting == 0 || deadline.IsZero():
	case d.usable(dir) != nil:
		q.end()
	default:
		q.timer = time.AfterFunc(time.Until(deadline), func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.timeQueue(dir) // again, since the deadline may have been moved just now
		})
	}
}

// A queuedCall is a call that waits for others. What ends the wait early is the end of ctx, the
// deadline of dir, and a close of a descriptor that the call is on.
type queuedCall struct {
	ctx   context.Context
	dir   direction
	on    [2]*descriptor // none, one, or the two that are copied between
	ended [2]<-chan struct{}
}

// enter begins the wait. leave is to follow, unless there is an error.
func (c *queuedCall) enter() error {
	if c.ctx == nil {
		return errNilContext
	}
	for i, d := range c.on {
		if d == nil {
			continue
		}
		ended, err := d.enqueue(c.dir)
		if err != nil {
			c.leave()
			return err
		}
		c.ended[i] = ended
	}
	return nil
}

// leave ends the wait.
func (c *queuedCall) leave() {
	for i, ended := range c.ended {
		if ended != nil {
			c.on[i].dequeue(c.dir)
			c.ended[i] = nil
		}
	}
}

// cause is why the wait ended early.
func (c *queuedCall) cause() error {
	if c.ctx.Err() != nil {
		return endOf(c.ctx)
	}
	for _, d := range c.on {
		if d != nil && d.closed() {
			return errDescriptorClosed
		}
	}
	return errDeadlinePassed
}
