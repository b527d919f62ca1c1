package proactor

import (
	"math/bits"
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/race"
	"github.com/awaitio/awaitio/internal/vector"
)

// enqueue puts c in line for the backend, behind what came before it, unless
// its descriptor is being closed.
func (p *Proactor) enqueue(c *Completion) {
	if p.draining {
		p.finish(c, 0, p.endOf(reasonClosed))
		return
	}
	if c.req.FD >= 0 {
		e := p.fds.entry(c.req.FD)
		switch {
		case e.closing == nil:
			e.link(c)
		case e.closing.state.Load() == inFlight:
			e.held.pushBack(c)
			return
		default:
			p.finish(c, 0, errDescriptorClosed)
			return
		}
	}
	c.state.Store(queued)
	p.queue.pushBack(c)
}

// fill gives the backend as much of the queue as it and MaxInFlight allow, and
// reports whether it took anything. Cancels go first, and none is dropped for
// want of room: the cancels left over keep the loop from parking.
func (p *Proactor) fill() (progress bool, err error) {
	for {
		asked := 0
		if len(p.cancels) > 0 {
			asked = p.flushCancels()
		}
		p.makeBatch()
		taken, err := p.backend.Submit(p.batch)
		if taken < len(p.batch) {
			p.takeBack(taken)
		}
		if taken > 0 {
			p.counters.batches[bits.Len(uint(taken))-1].Add(1)
		}
		if p.config.MaxQueued > 0 || p.threadBound.Load() > 0 {
			for _, r := range p.batch[:taken] {
				p.uncount(p.inFlight.get(r.Token))
			}
		}
		progress = progress || taken > 0 || asked > 0
		switch {
		case err != nil:
			return progress, err
		case taken < len(p.batch):
			return progress, nil // no room before events are reaped
		case taken == 0 && (asked == 0 || len(p.cancels) == 0):
			return progress, nil
		}
	}
}

// makeBatch moves the head of the queue into the in-flight table and the batch.
func (p *Proactor) makeBatch() {
	p.batch = p.batch[:0]
	if len(p.cancels) > 0 {
		return
	}
	for len(p.batch) < batchMax {
		c := p.queue.first
		if c == nil || c.threadBound && p.combining || p.inFlight.size >= p.config.MaxInFlight && c.precedence != front {
			return
		}
		p.queue.remove(c)
		p.inFlight.add(c)
		c.state.Store(inFlight)
		c.req.Limited = c.req.Limited && c.when != 0 // it may have lost its deadline in line
		if c.req.Limited {
			p.timers.clear(c)
			c.req.Limit = time.Duration(max(0, c.when-p.now()))
		}
		p.batch = append(p.batch, &c.req)
	}
}

// takeBack returns what the backend did not take to the head of the queue.
func (p *Proactor) takeBack(taken int) {
	for i := len(p.batch) - 1; i >= taken; i-- {
		c := p.inFlight.get(p.batch[i].Token)
		p.inFlight.remove(c)
		p.requeue(c)
	}
}

// requeue puts c, which was taken off the queue before, back to its head.
func (p *Proactor) requeue(c *Completion) {
	c.state.Store(queued)
	p.inFlight.release(c)
	if c.when != 0 && c.req.Limited {
		p.timers.set(c, c.when)
	}
	p.queue.pushFront(c)
}

// moveToFront makes c, whose time is up, the next operation to be attempted. It reports
// false if c must not be: it had time, it was attempted before, or an earlier operation
// on its descriptor is queued, which it must not overtake.
func (p *Proactor) moveToFront(c *Completion) bool {
	if c.precedence != oneAttempt || c.moved > 0 || c.state.Load() != queued {
		return false
	}
	for earlier := c.fdNext; earlier != nil; earlier = earlier.fdNext {
		if earlier.state.Load() == queued {
			return false
		}
	}
	c.precedence = front
	p.queue.remove(c)
	p.queue.pushFront(c)
	return true
}

// reap collects events until the backend has none or there are as many as the
// budget, and reports whether there were any.
func (p *Proactor) reap(budget int) bool {
	for left := budget; ; {
		room := p.reaped[:min(left, len(p.reaped))]
		n := p.backend.Reap(room)
		for i := range room[:n] {
			p.settle(&room[i])
		}
		if left -= n; n < len(room) {
			p.inFlight.emptied = p.inFlight.round
			return left < budget
		}
		if left == 0 {
			return true
		}
	}
}

// settle decides what an event means for its operation.
func (p *Proactor) settle(e *backend.Event) {
	c := p.inFlight.get(e.Token)
	if c == nil {
		p.counters.stale++
		return
	}
	if c.ofFile() {
		p.policy.slowStart.observe(p.inFlight.waited(c))
	}
	p.inFlight.remove(c)
	if race.Enabled && e.Result > 0 {
		c.moves(int(e.Result))
	}
	switch {
	case c.kind == kindCancel:
		p.finish(c, 0, cancelResult(e.Result))
		return
	case e.Flags&backend.TimedOut != 0 && c.stopped == reasonNone:
		c.stopped = reasonTimedOut
	}
	if e.Flags&backend.Unsynced != 0 {
		p.finish(c, c.moved+e.Result, c.cause(syscall.ECANCELED))
		return
	}
	switch n := e.Result; {
	case n >= 0 && c.transfersWhole():
		p.settleCount(c, n)
		return
	case n >= 0:
		p.finish(c, n, nil)
		return
	}
	errno := syscall.Errno(-e.Result)
	if errno == syscall.EAGAIN && c.moved > 0 && !c.writes() {
		p.finish(c, c.moved, nil) // a receive that does not wait for the rest
		return
	}
	p.finish(c, c.moved, c.cause(errno))
}

// cause is the error of an operation that ended with errno.
func (c *Completion) cause(errno syscall.Errno) error {
	if c.stopped != reasonNone && (errno == syscall.ECANCELED || errno == syscall.EINTR) {
		return c.p.endOf(c.stopped)
	}
	return errno
}

// settleCount deals with a transfer that got somewhere. Sends and writes go on
// until everything is out or the proactor asked them to stop. A receive goes on
// where it ended at the most that the backend moves at once.
func (p *Proactor) settleCount(c *Completion, n int) {
	total := c.moved + n
	switch {
	case total >= c.length() || total == 0 && !c.writes():
		p.finish(c, total, nil)
	case c.stopped != reasonNone:
		p.finish(c, total, p.endOf(c.stopped))
	case !c.writes() && (n != p.features.TransferMax || c.endsHere()):
		p.finish(c, total, nil)
	case n == 0:
		p.finish(c, total, errNoProgress)
	default:
		p.submitRest(c, n)
	}
}

// submitRest submits the rest of a partial transfer, at the head of the queue so
// that nothing gets between the parts.
func (p *Proactor) submitRest(c *Completion, n int) {
	c.moved += n
	if c.req.Msg != nil {
		c.req.Msg.Buffers = vector.After(c.req.Msg.Buffers, n)
		if c.writes() {
			c.req.Msg.Control = nil // went with the first part
		}
	} else {
		c.req.Buf = c.req.Buf[n:]
	}
	if c.req.Offset >= 0 {
		c.req.Offset += int64(n)
	}
	p.requeue(c)
}
