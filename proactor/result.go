package proactor

import (
	"io"
	"syscall"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/race"
	"github.com/awaitio/awaitio/internal/vector"
)

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
	c, waited := p.inFlight.remove(e.Token)
	switch {
	case c == nil:
		p.counters.stale++
		return
	case c.facts&isOfFile != 0:
		p.policy.slowStart.observe(waited)
	}
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
	case n >= 0 && c.facts&isWhole != 0 && c.moved+n < c.length():
		p.settleShort(c, n, e.Flags&backend.Interrupted != 0)
		return
	case n >= 0:
		p.finish(c, c.moved+n, nil)
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

// settleShort handles a transfer that has moved some bytes and must move all. Sends and writes go
// on until all bytes are out or the proactor asked them to stop. A receive goes on if it ended at
// the most that the backend moves at once, or was interrupted.
func (p *Proactor) settleShort(c *Completion, n int, interrupted bool) {
	total := c.moved + n
	switch {
	case total == 0 && !c.writes():
		p.finish(c, total, nil)
	case c.stopped != reasonNone:
		p.finish(c, total, p.endOf(c.stopped))
	case !c.writes() && (!interrupted && n != p.features.TransferMax || c.endsHere()):
		p.finish(c, total, nil)
	case n == 0:
		p.finish(c, total, errNoProgress)
	default:
		p.submitRest(c, n)
	}
}

// errNoProgress is the error of a send or write that moves nothing and has no error of its own.
var errNoProgress = io.ErrShortWrite

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

// finish sets the result of c, and puts c among the callbacks to come.
func (p *Proactor) finish(c *Completion, n int, err error) {
	if c.timerSlot != 0 {
		p.timers.clear(c)
	}
	if c.facts&(isCounted|isThreadBound) != 0 {
		p.uncount(c)
	}
	if err == nil && c.kind == kindIO && backend.DescriptorOps&(1<<c.req.Op) != 0 {
		p.fdReused(n)
	}
	if c.facts&isAbandoned != 0 && err == nil {
		n, err = p.discard(c, n)
	}
	if race.Enabled && (n > 0 || err == nil) && c.receives() {
		race.Acquire()
	}
	p.counters.completed++
	p.ended(c)
	if n > 0 {
		p.moved(c, n)
	}
	c.result = Result{N: n}
	switch {
	case err != nil:
		p.counters.failed(err)
		p.failed(c, err)
		c.result.Err = c.fail(err)
	case c.facts&isDetailed != 0:
		c.deliver()
	}
	c.state.Store(completed)
	if c.stuck.Load() {
		p.inFlight.release(c)
	}
	p.completed.PushBack(&c.node, c)
	if c.kind == kindClose {
		p.endClose(c)
	} else if c.facts&isOnFD != 0 {
		p.leaveFD(c)
	}
}

// discard counts a result that no caller wants any more, and closes the descriptor in it, if it has
// one.
func (p *Proactor) discard(c *Completion, n int) (int, error) {
	p.counters.abandoned.Add(1)
	if c.kind != kindIO || backend.DescriptorOps&(1<<c.req.Op) == 0 {
		return n, nil
	}
	p.closeQuietly(n)
	return 0, ErrCanceled
}

// deliver copies what the backend filled into the caller's own records.
func (c *Completion) deliver() {
	switch {
	case c.kind != kindIO:
	case c.details.peer != nil:
		c.details.peer.known(int(c.req.NameLen))
	case c.req.Op == backend.OpRecvMsg:
		c.details.message.received(c.req.Msg)
	case c.req.Op == backend.OpStatx:
		c.deliverStat()
	}
}

// deliverStat is not inlined because of its frame: the stack of a caller in Flush, on which the round
// runs, would have to grow.
//
//go:noinline
func (c *Completion) deliverStat() { *c.details.stat = newStat(&c.details.rawStat) }

// dispatch runs the callbacks of operations that are complete now, up to budget, and of alarms. An
// operation that a callback completes waits for the next round. dispatch reports whether it ran any.
func (p *Proactor) dispatch(budget int) bool {
	n, sounding := min(p.completed.Size, budget), p.sounding
	if n == 0 && sounding == 0 {
		return false
	}
	p.publish() // a goroutine that a callback wakes finds its own operation counted
	p.dispatching.Store(true)
	for left := n; left > 0; left-- {
		if left == 1 && !p.combining && p.policy.batching {
			p.yielder.arrange()
		}
		c := p.completed.PopFront()
		callback, result := c.callback, c.result
		c.result = Result{}
		c.free()
		if callback != nil {
			callback(c, result)
		}
	}
	if sounding != 0 {
		p.sounding = 0
		p.alarms.Sound(sounding)
	}
	p.dispatching.Store(false)
	return true
}

// writes reports whether c moves bytes out.
func (c *Completion) writes() bool { return (writeOps|sendOps)&(1<<c.req.Op) != 0 }

// sends reports whether c hands bytes to the kernel. Only the race detector asks.
func (c *Completion) sends() bool { return c.kind == kindIO && c.writes() }

// receives reports whether c gets bytes from the kernel. Only the race detector asks.
func (c *Completion) receives() bool {
	return c.kind == kindIO && (recvOps|1<<backend.OpRead|1<<backend.OpReadV)&(1<<c.req.Op) != 0
}

// moves tells the race detector which n bytes the kernel has read or written.
func (c *Completion) moves(n int) {
	move := race.Write
	if c.sends() {
		move = race.Read
	} else if !c.receives() {
		return
	}
	if c.req.Msg == nil {
		move(c.req.Buf[:min(n, len(c.req.Buf))])
		return
	}
	for _, b := range c.req.Msg.Buffers {
		b = b[:min(n, len(b))]
		move(b)
		n -= len(b)
	}
}

// endsHere reports whether the receive c must not go on with a second part: it leaves the data in the
// socket, or it has ancillary data, which those of the second part would overwrite.
func (c *Completion) endsHere() bool {
	return c.req.Flags&msgPeek != 0 || c.req.Op == backend.OpRecvMsg && c.req.Msg.ControlLen > 0
}
