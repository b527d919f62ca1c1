package fdcall

import (
	"context"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// A queue counts the calls in one direction of a descriptor that wait for other calls: for the write
// lock, for the position, or for a slot to block a thread. They are not submitted to a proactor yet,
// so the descriptor itself ends their wait. The descriptor's lock guards the queue.
//
// The queue keeps no order: a FairLock, a quota or a lane does.
type queue struct {
	waiting  int
	underWay int           // running calls that may be left: the queue ends their wait too
	timer    *time.Timer   // fires at the deadline, while a call waits
	ended    chan struct{} // closed when the waits end; calls that come later get a new one
}

// end ends all waits.
func (q *queue) end() {
	if q != nil && q.ended != nil {
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

// enqueue counts a call that is about to wait. The channel that it returns is closed when the wait must
// end: when the deadline passes, wherever it is moved to meanwhile, or when d is closed. Unless
// enqueue returns an error, dequeue must follow.
func (d *Descriptor) enqueue(dir Direction, underWay bool) (ended <-chan struct{}, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.usable(dir); err != nil {
		return nil, err
	}
	q := d.side[dir].queue
	if q == nil {
		q = new(queue)
		d.side[dir].queue = q
	}
	if q.ended == nil {
		q.ended = make(chan struct{})
	}
	q.count(underWay, 1)
	if q.timer == nil {
		d.timeQueue(dir)
	}
	return q.ended, nil
}

func (d *Descriptor) dequeue(dir Direction, underWay bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	q := d.side[dir].queue
	if q.count(underWay, -1); q.waiting+q.underWay == 0 {
		q.stopTimer()
	}
}

func (q *queue) count(underWay bool, n int) {
	if underWay {
		q.underWay += n
	} else {
		q.waiting += n
	}
}

// Waiting is how many calls on d wait for other calls, or for room in the proactor's queue.
func (d *Descriptor) Waiting() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := len(d.roomWaiters)
	for dir := range d.side {
		if q := d.side[dir].queue; q != nil {
			n += q.waiting
		}
	}
	return n
}

// timeQueue sets the timer of the queue to the deadline. The lock is held.
func (d *Descriptor) timeQueue(dir Direction) {
	q, deadline := d.side[dir].queue, d.side[dir].deadline
	if q == nil {
		return
	}
	q.stopTimer()
	switch {
	case q.waiting+q.underWay == 0 || deadline.IsZero():
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

// A QueuedCall is a call that waits for other calls or, if underWay, for its own result while it may
// be left. The end of Ctx, the deadline of Dir, and a close of a descriptor in On end the wait.
type QueuedCall struct {
	Ctx   context.Context
	Dir   Direction
	On    [2]*Descriptor // none, one, or two of a copy
	Op    string         // as lists show it; "": Dir.Op()
	Path  string         // of a call on no descriptor
	mount string         // for whose slot it waits, or ""

	underWay bool // it waits for its own result; something else has listed it
	ended    [2]<-chan struct{}
	ending   <-chan struct{} // closed when the IO is closed; set when it is under way
	grace    grace           // begins when something has ended it
	batch    Batch           // that it is part of, or nil

	listed *Outside // by loop, while it waits
	loop   *Loop    // nil: it is not listed

	done <-chan struct{} // of Ctx: see heed
}

// heed asks Ctx for the channel that is closed at its end. It comes before the call has anything to
// lose, because a context is the caller's code and may panic.
func (c *QueuedCall) heed() {
	if c.Ctx != nil && c.done == nil {
		c.done = c.Ctx.Done()
	}
}

// enter begins the wait. Unless it returns an error, leave must follow.
func (c *QueuedCall) enter() error {
	if c.Ctx == nil {
		return ErrNilContext
	}
	c.heed()
	for i, d := range c.On {
		if d == nil {
			continue
		}
		if c.underWay && d.Loop.Loops.inBubble() { // the channel would belong to the bubble, for calls outside it too
			if err := d.Check(c.Dir); err != nil {
				return err
			}
			continue
		}
		ended, err := d.enqueue(c.Dir, c.underWay)
		if err != nil {
			c.leave()
			return err
		}
		c.ended[i] = ended
	}
	if !c.underWay {
		c.list()
	}
	return nil
}

// list shows the call to operators, if it is on a descriptor or a path.
func (c *QueuedCall) list() {
	call := Outside{Op: c.op(), State: proactor.StateInLine, Path: c.Path, Dir: c.Dir, Ctx: c.Ctx, Off: -1, Mount: c.mount}
	for _, d := range c.On {
		if d != nil && call.On == nil {
			c.loop, call.On = d.Loop, d
		}
	}
	if c.loop != nil {
		c.listed = c.loop.Begin(call)
	}
}

// op is the name of the call in lists.
func (c *QueuedCall) op() string {
	if c.Op != "" {
		return c.Op
	}
	return c.Dir.Op()
}

// leave ends the wait.
func (c *QueuedCall) leave() {
	if c.listed != nil {
		c.loop.End(c.listed)
		c.listed = nil
	}
	for i, ended := range c.ended {
		if ended != nil {
			c.On[i].dequeue(c.Dir, c.underWay)
			c.ended[i] = nil
		}
	}
}

// cause is why the wait ended early.
func (c *QueuedCall) cause() error {
	if isClosed(c.done) {
		return EndOf(c.Ctx)
	}
	for _, d := range c.On {
		if d != nil && d.Closed() {
			return ErrDescriptorClosed
		}
	}
	return ErrDeadlinePassed
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
