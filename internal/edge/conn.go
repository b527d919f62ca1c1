// Package edge is what a poller that tells of a connection by itself (epoll(7), EPOLLET)
// and a goroutine that receives from the connection on its own thread know of each other. It
// must never make a system call, nor wait with a lock held.
package edge

import "sync/atomic"

// A Conn is a TCP connection. While an engine watches it, a goroutine that wants to receive
// makes recv(2) itself, and the engine wakes it when there is something again. One goroutine
// receives at a time. The zero Conn is not watched.
//
//	from      to        by
//	off       ready     the engine begins to watch
//	ready     drained   the receiver attempts
//	drained   ready     the receiver, which left something, or the engine tells
//	drained   waiting   the receiver parks
//	waiting   ready     the engine tells: wakes the receiver
//	waiting   drained   Interrupt and PassOn: wake the receiver
//	any       off       the engine no longer watches: wakes a waiting receiver
type Conn struct {
	word   atomic.Uint32
	counts atomic.Pointer[Counts] // of the engine that watches; nil: none does

	// The receiver's.
	woken  chan struct{} // has room for one; made when it parks for the first time
	parked *Counts       // where its wait was counted
}

// Counts are of the receivers that an engine is to wake.
type Counts struct {
	Parked, Resumed atomic.Uint64
	_               [48]byte
}

// What a word has: one of the states, and marks.
const (
	off uint32 = iota
	ready
	drained
	waiting

	states = 3
)

const (
	once   uint32 = 4 << iota // something was told that is told once: an attempt that finds little may leave more
	passed                    // the receiver is to go by a request
)

// IsOn reports whether an engine watches c.
func (c *Conn) IsOn() bool { return c.word.Load()&states != off }

// IsFree reports whether an engine watches c, and no PassOn is to be answered by PassedOn.
func (c *Conn) IsFree() bool {
	w := c.word.Load()
	return w&states != off && w&passed == 0
}

// Attempt reports whether recv(2) may find something. If so the receiver calls it, and then
// Attempted.
func (c *Conn) Attempt() bool { return c.change(ready, drained) }

// Attempted says whether all that was there has been received. A recv(2) that gets less than
// it has room for has taken all, unless it stopped at urgent data: tcp(7), epoll(7). The end of
// the stream, an error and urgent data are told once, perhaps with bytes before them; after
// that c is always worth an attempt, but for one that found nothing.
func (c *Conn) Attempted(all, nothing bool) {
	if !all || !nothing && c.word.Load()&once != 0 {
		c.change(drained, ready)
	}
}

// Park prepares the receiver to wait at the channel. It reports false if there is no reason to
// wait any more. Otherwise something comes from the channel exactly once, unless Interrupt
// returns true, and the receiver calls Resume after that.
func (c *Conn) Park() (woken <-chan struct{}, ok bool) {
	if c.woken == nil {
		c.woken = make(chan struct{}, 1)
	}
	c.parked = c.counts.Load()
	if !c.change(drained, waiting) {
		return nil, false
	}
	c.parked.Parked.Add(1)
	return c.woken, true
}

// Resume is the end of what Park began.
func (c *Conn) Resume() { c.parked.Resumed.Add(1) }

// IsParked reports whether the receiver waits.
func (c *Conn) IsParked() bool { return c.word.Load()&states == waiting }

// Interrupt ends the receiver's wait. It reports whether there was one; then nothing comes
// from the channel.
func (c *Conn) Interrupt() bool { return c.change(waiting, drained) }

// Wake is Interrupt by another than the receiver, which looks again.
func (c *Conn) Wake() {
	if c.Interrupt() {
		c.woken <- struct{}{}
	}
}

// PassOn has the receiver go by a request, if it waits.
func (c *Conn) PassOn() (waited bool) {
	if waited = c.change(waiting, drained|passed); waited {
		c.woken <- struct{}{}
	}
	return waited
}

// PassedOn reports whether the receiver is to go by a request, once for each PassOn.
func (c *Conn) PassedOn() bool {
	return c.word.Load()&passed != 0 && c.word.And(^passed)&passed != 0
}

// Forget gives back what the receiver needed, which has left for good. An engine may have c for long
// after its connection was closed.
func (c *Conn) Forget() { c.woken, c.parked = nil, nil }

// Begin is called by the engine that watches c from now on. It reports false if another does.
func (c *Conn) Begin(counts *Counts) bool {
	if !c.counts.CompareAndSwap(nil, counts) {
		return false
	}
	c.word.Store(ready)
	return true
}

// End is called by the engine that has watched c.
func (c *Conn) End() {
	if c.word.Swap(off)&states == waiting {
		c.woken <- struct{}{}
	}
	c.counts.Store(nil)
}

// Tell is called by the engine: there may be something. If last, something of it is told once.
// It reports whether the receiver waited for it.
func (c *Conn) Tell(last bool) (woke bool) {
	mark := uint32(0)
	if last {
		mark = once
	}
	for {
		old := c.word.Load()
		if old&states == off || old&states == ready && old|mark == old {
			return false
		}
		if c.word.CompareAndSwap(old, old&^states|ready|mark) {
			if woke = old&states == waiting; woke {
				c.woken <- struct{}{}
			}
			return woke
		}
	}
}

// change goes from one state to another, which may have marks, and reports whether it was in
// the first.
func (c *Conn) change(from, to uint32) bool {
	for {
		old := c.word.Load()
		if old&states != from {
			return false
		}
		if c.word.CompareAndSwap(old, old&^states|to) {
			return true
		}
	}
}
