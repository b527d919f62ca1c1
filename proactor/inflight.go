package proactor

import (
	"sync/atomic"

	"github.com/awaitio/awaitio/internal/backend"
)

// The inFlightTable maps tokens to the operations that the backend has. It keeps them and their
// buffers reachable, because the garbage collector does not see into the kernel.
type inFlightTable struct {
	slots []slot
	free  []uint32
	size  int
	files int          // transfers of files in flight
	stuck atomic.Int64 // abandoned operations in flight; Stats reads it

	round   uint32 // the loop's, counted
	emptied uint32 // the last round that took all results there were
}

type slot struct {
	c          *Completion // nil: free
	generation uint32
	round      uint32 // in which it was taken
}

// add gives c a slot and its token.
func (t *inFlightTable) add(c *Completion) {
	if len(t.free) == 0 {
		t.grow()
	}
	i := t.free[len(t.free)-1]
	t.free = t.free[:len(t.free)-1]
	s := &t.slots[i]
	s.c, s.round = c, t.round
	c.req.Token = backend.Token{Index: i, Generation: s.generation}
	t.size++
	if c.facts&isOfFile != 0 {
		t.files++
	}
	if c.facts&isAbandoned != 0 {
		t.countStuck(c)
	}
}

// get returns the operation of a token, or nil if that has ended.
func (t *inFlightTable) get(token backend.Token) *Completion {
	i := token.Index
	if uint64(i) >= uint64(len(t.slots)) || t.slots[i].generation != token.Generation {
		return nil
	}
	return t.slots[i].c
}

// remove ends a token, and returns its operation, or nil if that has ended. It reports whether the
// operation was still in flight when all results had been reaped: an operation that is complete
// when the kernel returns from the submission did not wait, whichever round reaps it.
func (t *inFlightTable) remove(token backend.Token) (c *Completion, waited bool) {
	i := token.Index
	if uint64(i) >= uint64(len(t.slots)) || t.slots[i].generation != token.Generation || t.slots[i].c == nil {
		return nil, false
	}
	s := &t.slots[i]
	c = s.c
	waited = int32(t.emptied-s.round) >= 0
	s.c = nil
	s.generation = s.generation%backend.GenerationMax + 1
	t.free = append(t.free, i)
	c.req.Token = backend.TokenNone
	t.size--
	if c.facts&isOfFile != 0 {
		t.files--
	}
	return c, waited
}

// abandon records that no caller waits for c any more, whether the backend has c or not.
func (t *inFlightTable) abandon(c *Completion) {
	c.facts |= isAbandoned
	if c.req.Token != backend.TokenNone {
		t.countStuck(c)
	}
}

// leave counts c, which its caller abandons, at once, since the loop may learn of it later. Any
// goroutine may call it.
func (t *inFlightTable) leave(c *Completion) {
	if c.state.Load() != inFlight {
		return
	}
	t.countStuck(c)
	if c.state.Load() != inFlight { // and release may have come before
		t.release(c)
	}
}

func (t *inFlightTable) countStuck(c *Completion) {
	if c.stuck.CompareAndSwap(false, true) {
		t.stuck.Add(1)
	}
}

// release undoes the count of leave when c is no longer in flight. Its state must say so already.
func (t *inFlightTable) release(c *Completion) {
	if c.stuck.CompareAndSwap(true, false) {
		t.stuck.Add(-1)
	}
}

func (t *inFlightTable) grow() {
	old := len(t.slots)
	size := max(64, 2*old)
	slots := make([]slot, size)
	copy(slots, t.slots)
	t.slots = slots
	if cap(t.free) < size {
		t.free = make([]uint32, 0, size)
	}
	for i := size - 1; i >= old; i-- {
		slots[i].generation = 1
		t.free = append(t.free, uint32(i))
	}
}
