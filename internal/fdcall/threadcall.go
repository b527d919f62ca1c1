package fdcall

import (
	"context"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// A threadCall is a call on a disk that a goroutine of its own makes: a lentTransfer, or an ApartCall.
// Its state says who returns the record to the pool:
//
//	awaited --> answered    the caller, with the result
//	     \----> abandoned   the goroutine, because the caller has left
type threadCall struct {
	lentTransfer
	call   ApartCall // of a lentTransfer without Call, Late and Ended
	d      *Descriptor
	queued QueuedCall // hears what ends the call
	listed *Outside

	state  atomic.Uint32
	answer chan struct{}
	n      int
	err    error

	run    func() // made once
	pool   *sync.Pool
	bubble bool // it was made in a testing/synctest bubble, whose the channel is
}

func newThreadCall(s *Loops) *threadCall {
	if c, ok := s.threadCalls.Get().(*threadCall); ok {
		return c
	}
	c := &threadCall{pool: &s.threadCalls, answer: make(chan struct{}, 1), bubble: s.inBubble()}
	c.run = c.make
	return c
}

// recycle returns c to the pool. No one else may have it.
func (c *threadCall) recycle() {
	c.lentTransfer, c.call, c.d, c.queued, c.listed, c.n, c.err = lentTransfer{}, ApartCall{}, nil, QueuedCall{}, nil, 0, nil
	if !c.bubble {
		c.pool.Put(c)
	}
}

// start waits for a slot of the device and begins the call on d. What ends the call ends the wait too.
func (c *threadCall) start(d *Descriptor) error {
	s, v := d.Loop.Loops, d.device()
	c.d = d
	c.state.Store(awaited)
	c.queued = QueuedCall{Ctx: c.call.Ctx, Dir: c.call.Dir, Op: c.call.Op, On: [2]*Descriptor{d}, ending: s.ending(), batch: c.call.Batch}
	c.queued.heed()
	if !v.slots.enter() {
		if err := v.slots.wait(&c.queued, s.ending()); err == errStopped {
			return proactor.ErrClosed
		} else if err != nil {
			return err
		}
	}
	c.queued.underWay = true
	if err := c.queued.enter(); err != nil {
		v.slots.Unlock()
		return err
	}
	if !d.enter() {
		c.queued.leave()
		v.slots.Unlock()
		return ErrDescriptorClosed
	}
	c.listed = d.Loop.Begin(Outside{
		Op: c.call.Op, State: proactor.StateRunning, On: d, Dir: c.call.Dir, Ctx: c.call.Ctx, Size: c.call.Size, Off: c.call.Off,
	})
	go c.run()
	return nil
}

// make makes the call, on its goroutine.
func (c *threadCall) make() {
	c.listed.begun()
	for c.err = syscall.EINTR; c.err == syscall.EINTR; {
		if c.call.Call != nil {
			c.n, c.err = c.call.Call(c.d.FD)
		} else {
			c.n, c.err = c.t.onThread(c.d.FD)
		}
	}
	c.n = max(c.n, 0)
	d, ended, err := c.d, c.call.Ended, c.err
	waited := c.state.CompareAndSwap(awaited, answered)
	if !waited {
		c.discard()
	}
	d.releaseLeft(!waited)
	d.Loop.Ended(c.listed, c.moved(), err) // from here on leaveThread does not touch listed
	d.device().slots.Unlock()
	if ended != nil {
		ended(err)
	}
	if waited {
		c.answer <- struct{}{} // has room; c is the caller's then
	} else {
		c.recycle()
	}
}

// moved is how many bytes the call has moved.
func (c *threadCall) moved() int {
	if c.call.Call != nil {
		return 0
	}
	return c.n
}

// discard finishes a call whose caller has left.
func (c *threadCall) discard() {
	if c.call.Late != nil {
		c.call.Late(c.n, c.err)
	}
	if c.lentTransfer.d != nil {
		c.late(c.n, c.err)
	}
}

// wait waits for the call, or until the caller leaves it. If left is true, the caller must not touch
// c any more.
func (c *threadCall) wait(ctx context.Context) (left bool, err error) {
	var cause error
	select {
	case <-c.answer:
		c.queued.leave()
		return false, c.err
	case <-c.queued.done:
		cause = EndOf(ctx)
	case <-c.queued.ended[0]:
		cause = c.queued.cause()
	case <-c.queued.ending:
		cause = proactor.ErrClosed
	}
	c.queued.leave()
	c.queued.beginGrace()
	grace := time.NewTimer(c.queued.grace.left())
	defer grace.Stop()
	select {
	case <-c.answer:
		return false, c.err
	case <-grace.C:
	}
	if !c.d.leaveThread(c) {
		<-c.answer
		return false, c.err
	}
	return true, &LeftError{cause}
}

// leaveThread leaves c to the kernel. It returns false if the result has arrived.
func (d *Descriptor) leaveThread(c *threadCall) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !c.state.CompareAndSwap(awaited, abandoned) {
		return false
	}
	d.leftUsers++ // releaseLeft, which counts down, waits for the lock
	c.listed.leave()
	d.Loop.Loops.lanes.left.Add(1)
	d.signalClose()
	return true
}
