package fdcall

import (
	"context"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// A queue counts the calls in one direction of a descriptor that wait for other
// calls: for the write lock, for the position, or for a place to block a thread. None
// of them is with the proactor yet, so the descriptor itself ends their wait. Its
// lock guards the queue.
type queue struct {
	waiting  int
	underWay int           // calls that may be left, which hear of their end in the same way
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

// enqueue counts a call that is about to wait. The channel is closed when the wait
// must end: when the deadline passes, wherever it is moved to meanwhile, or when d is
// closed. dequeue is to follow, unless there is an error.
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

// Waiting is how many calls on d wait for other calls, or for room in the proactor's line.
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

// timeQueue has the calls that wait end at the deadline as it is now. The lock is held.
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

// A QueuedCall is a call that waits for others. What ends the wait early is the end of ctx, the
// deadline of dir, and a close of a descriptor that the call is on.
type QueuedCall struct {
	Ctx   context.Context
	Dir   Direction
	On    [2]*Descriptor // none, one, or the two that are copied between
	Op    string         // what it is, for those who look; "" for what its direction is
	Path  string         // what it is on, where On is none
	mount string         // whose place it waits for, or ""

	underWay bool // it waits for its own end, and is listed as what it is
	ended    [2]<-chan struct{}
	ending   <-chan struct{} // of the IO, since it is under way
	grace    grace           // once it is to end
	atEnd    func(held bool) // Transfer.AtEnd

	listed *Outside // with loop, while it waits
	loop   *Loop    // of what is on no descriptor, or nil: then it is not listed
}

// enter begins the wait. leave is to follow, unless there is an error.
func (c *QueuedCall) enter() error {
	if c.Ctx == nil {
		return ErrNilContext
	}
	for i, d := range c.On {
		if d == nil {
			continue
		}
		if c.underWay && d.Loop.Loops.inBubble() { // whose the channel would be, for calls outside it too
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

// op is what those who look are told.
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
	if c.Ctx.Err() != nil {
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
