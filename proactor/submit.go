package proactor

import (
	"context"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/race"
)

// claim changes c from idle to submitted, for a new operation.
func (p *Proactor) claim(c *Completion, k kind, op backend.Op, fd int, callback Callback) error {
	if c == nil {
		return &OpError{Op: op.String(), FD: fd, Err: invalid("nil Completion")}
	}
	if !c.state.CompareAndSwap(idle, submitted) {
		return &OpError{Op: op.String(), FD: fd, Err: ErrInUse}
	}
	c.submission.Add(1)
	c.p, c.kind, c.callback = p, k, callback
	c.req.Renew(op, fd)
	c.when, c.moved, c.stopped, c.facts = 0, 0, reasonNone, 0
	c.precedence = inOrder
	c.result = Result{}
	switch {
	case uint(fd) <= fdMax || anyFDOps&(1<<op) != 0:
		return nil
	case fd < 0:
		return c.refuse(&inputError{"negative descriptor", syscall.EBADF})
	}
	return c.refuse(&inputError{"descriptor is larger than any", syscall.EBADF})
}

// anyFDOps are the operations on no descriptor, and those on a directory, which claimPath checks.
const anyFDOps = 1<<backend.OpNop | 1<<backend.OpSocket | 1<<backend.OpOpenAt | 1<<backend.OpStatx

// fdMax is the largest number a descriptor can have.
const fdMax = 1<<31 - 1

// refuse gives c back to its caller, with an error in place of a callback.
func (c *Completion) refuse(err error) error {
	failed := c.fail(err)
	c.release()
	return failed
}

// release makes c idle.
func (c *Completion) release() {
	c.limit, c.deadline = 0, time.Time{}
	c.free()
}

// post hands a filled Completion to the loop.
func (p *Proactor) post(c *Completion) error {
	switch {
	case c.asked&withLimit != 0 && c.limit < 0:
		return c.refuse(invalid("negative timeout"))
	case c.kind == kindIO && p.features.Ops&(1<<c.req.Op) == 0:
		return c.refuse(errUnsupported(p.backend.Name()))
	case p.closing.Load():
		return c.refuse(p.refused())
	}
	batched := c.asked&withFlush != 0
	if p.sharer != nil && c.kind == kindIO && backend.ThreadOps&(1<<c.req.Op) != 0 {
		c.facts, batched = c.facts|isThreadBound, false
		p.threadBound.Add(1)
	}
	if limit := int64(p.config.MaxQueued); limit > 0 && c.kind.countsAsQueued() {
		c.facts |= isCounted
		if p.queuedCount.Add(1) > limit {
			p.uncount(c)
			return c.refuse(ErrQueueFull)
		}
	}
	op := uint32(1) << c.req.Op
	if op&backend.SyncOps != 0 || op&backend.OffsetOps != 0 && c.req.Offset >= 0 {
		c.facts |= isOfFile
	}
	if op&writeOps != 0 || op&sendOps != 0 && c.req.Flags&msgDontWait == 0 || op&recvOps != 0 && c.req.Flags&msgWaitAll != 0 {
		c.facts |= isWhole
	}
	if race.Enabled && c.sends() {
		race.Release()
	}
	if !p.mailbox.push(c) {
		p.uncount(c)
		return c.refuse(p.refused())
	}
	if !batched {
		p.wake()
	}
	return nil
}

// Transfers, by what has them go on after a short count: see isWhole.
const (
	writeOps = 1<<backend.OpWrite | 1<<backend.OpWriteV | 1<<backend.OpWriteSync // always
	sendOps  = 1<<backend.OpSend | 1<<backend.OpSendMsg                          // unless the caller would not wait
	recvOps  = 1<<backend.OpRecv | 1<<backend.OpRecvMsg                          // with MSG_WAITALL
)

// uncount undoes the counts of a submission: of thread-bound operations, which keep callers from
// running the loop, and of Config.MaxQueued. It is called when the backend has c, when c has
// ended, and when the submission is refused.
func (p *Proactor) uncount(c *Completion) {
	if c.facts&isThreadBound != 0 {
		c.facts &^= isThreadBound
		p.threadBound.Add(-1)
	}
	if c.facts&isCounted == 0 {
		return
	}
	c.facts &^= isCounted
	if p.queuedCount.Add(-1) < int64(p.config.MaxQueued) {
		p.room.one()
	}
}

// WaitForRoom blocks until fewer than Config.MaxQueued submissions are queued, ctx ends (the
// error is context.Cause) or the proactor is closed (ErrClosed). It reserves nothing: another
// submitter may be faster, so submit, and wait again on ErrQueueFull. It flushes queued
// submissions. It must not be called from a callback.
func (p *Proactor) WaitForRoom(ctx context.Context) error {
	limit := int64(p.config.MaxQueued)
	p.room.enter()
	defer p.room.leave()
	if limit > 0 && p.queuedCount.Load() >= limit {
		p.Flush() // what the caller submitted before may be what takes the room
	}
	for limit > 0 && p.queuedCount.Load() >= limit {
		select {
		case <-p.room.signal:
		case <-ctx.Done():
			return endOf(ctx)
		case <-p.closed:
			return ErrClosed
		}
	}
	return nil
}

// roomWaiters are the goroutines in WaitForRoom. A goroutine that leaves passes the
// signal on, so that no signal is lost with a waiter whose context has ended.
type roomWaiters struct {
	mu      sync.Mutex
	waiting int
	signal  chan struct{}
}

func (r *roomWaiters) enter() {
	r.mu.Lock()
	r.waiting++
	r.mu.Unlock()
}

func (r *roomWaiters) leave() {
	r.mu.Lock()
	r.waiting--
	r.mu.Unlock()
	r.one()
}

func (r *roomWaiters) one() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting == 0 {
		return
	}
	select {
	case r.signal <- struct{}{}:
	default:
	}
}

// A mailbox takes submissions from any goroutine to the loop without a lock.
// It is a stack; the loop pops all of it at once and reverses the order.
type mailbox struct {
	head atomic.Pointer[Completion]
}

// shut is the head of a closed mailbox.
var shut Completion

// push adds c, and reports false if the mailbox is closed.
func (m *mailbox) push(c *Completion) bool {
	for {
		head := m.head.Load()
		if head == &shut {
			return false
		}
		c.next = head
		if m.head.CompareAndSwap(head, c) {
			return true
		}
	}
}

// empty reports whether nothing is in the mailbox, open or closed.
func (m *mailbox) empty() bool {
	head := m.head.Load()
	return head == nil || head == &shut
}

// popAll empties the mailbox, and closes it if it is to take no more. It returns the
// Completion that was pushed first; next links the others in the order they were pushed.
func (m *mailbox) popAll(noMore bool) (first *Completion) {
	c := m.head.Load()
	switch {
	case noMore:
		c = m.head.Swap(&shut)
	case c != nil && c != &shut:
		c = m.head.Swap(nil) // the loop alone closes it, so it is open still
	}
	if c == &shut {
		return nil
	}
	for c != nil {
		c.next, first, c = first, c, c.next
	}
	return first
}

// closeIfEmpty closes the mailbox unless something is in it.
func (m *mailbox) closeIfEmpty() bool { return m.head.CompareAndSwap(nil, &shut) }
