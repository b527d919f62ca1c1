package fdcall

import (
	"context"
	"sync"
	"time"

	"github.com/awaitio/awaitio/internal/mounts"
	"github.com/awaitio/awaitio/proactor"
)

// A leavableCall is a call on a path, or on a file of a mount that may hang, that its caller may
// leave. The kernel cannot stop such a call. So a goroutine makes it, and owns all memory that the
// kernel gets. If something ends the call, the caller waits a little and then leaves it to that
// goroutine, which discards a result that comes later. See docs/decisions/mounts.md.
type leavableCall struct {
	loops  *Loops
	of     pathNames   // of a call by path, whose mount may not be known yet
	on     *Descriptor // whose user the call is; or nil
	loop   *Loop       // where it is listed,
	listed *Outside    // as this, until it has ended

	mu     sync.Mutex
	slot   slot
	began  time.Time
	left   bool // by the caller
	ended  bool
	answer chan error
	ending <-chan struct{} // closed when the IO that made the call is closed
}

// ends are what ends the wait for a leavableCall, besides its context and the close of the IO.
type ends struct {
	done   <-chan struct{} // of the context, asked for before the call began: see QueuedCall.heed
	queued *QueuedCall     // the deadline and the close of its descriptor; or nil
	hangs  func() bool     // reports trouble with the mount; asked first and then every lateAfter; or nil
	anyway bool            // the close of the IO does not end the wait
}

// byState is why the state of the mount ends the call, or nil.
func (e *ends) byState() error {
	if e.hangs != nil && e.hangs() {
		return ErrDescriptorClosed
	}
	return nil
}

// grace is how long the kernel has to answer.
func (e *ends) grace() time.Duration {
	if e.queued == nil {
		return endGrace
	}
	e.queued.beginGrace()
	return e.queued.grace.left()
}

// start has a goroutine make the call. When the call has returned, late is called if the caller has
// left, and then end, unless it is nil.
func (c *leavableCall) start(call func() error, late, end func(err error)) {
	c.began = time.Now()
	c.answer, c.ending = make(chan error, 1), c.loops.ending()
	go func() {
		c.listed.begun()
		err := call()
		if c.returned() {
			late(err)
		}
		c.loop.Ended(c.listed, 0, err)
		if end != nil {
			end(err)
		}
		c.loops.free(c.slot) // no lock: after returned, the slot does not change
		c.answer <- err      // has room
	}()
}

// returned records that the call has returned, and reports whether its caller has left.
func (c *leavableCall) returned() (left bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	return c.left
}

// wait waits for the answer, or until something ends the call.
func (c *leavableCall) wait(ctx context.Context, e ends) error {
	age := newLateness()
	defer age.timer.Stop()
	ending := c.ending
	if e.anyway {
		ending = nil
	}
	var ended <-chan struct{}
	if e.queued != nil {
		ended = e.queued.ended[0]
	}
	cause := e.byState()
	for cause == nil {
		select {
		case err := <-c.answer:
			return err
		case <-age.timer.C:
			cause = c.growLate(&age, e)
		case <-e.done:
			cause = EndOf(ctx)
		case <-ended:
			cause = e.queued.cause()
		case <-ending:
			cause = proactor.ErrClosed
		}
	}
	return c.waitOrLeave(cause, e.grace())
}

// waitOrLeave waits for the answer to a call that cause ends, and leaves the call after grace.
func (c *leavableCall) waitOrLeave(cause error, grace time.Duration) error {
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case err := <-c.answer:
		return err
	case <-timer.C:
	}
	if !c.leave() {
		return <-c.answer
	}
	return &LeftError{cause}
}

// leave leaves the call to its goroutine. It returns false if the answer is about to come.
func (c *leavableCall) leave() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return false
	}
	c.left = true
	if c.on != nil {
		c.on.leaveUser()
	}
	c.listed.leave()
	c.loops.lanes.left.Add(1)
	if c.slot.lane != nil {
		c.slot.lane.Leave(c.slot.call)
	} else {
		go c.findLane() // which tells the lane that the call was left
	}
	return true
}

// findLane moves a late call by path from its common slot to the lane of its mount, if the mount
// may hang. It may wait for the disks that symbolic links are on.
func (c *leavableCall) findLane() {
	c.mu.Lock()
	known := c.slot.lane != nil || c.slot.none || c.ended
	c.mu.Unlock()
	if known {
		return
	}
	lane := c.of.lane(c.loops.lanes.find)
	c.mu.Lock()
	defer c.mu.Unlock()
	if lane == nil || c.ended || c.slot.lane != nil {
		return
	}
	c.slot = slot{lane: lane, call: new(mounts.Call)}
	c.listed.on(lane.Mount.Point)
	lane.Adopt(c.slot.call, c.began, c.loops.paths.isFull())
	if c.left {
		lane.Leave(c.slot.call)
	}
	c.loops.paths.Unlock()
}
