package proactor

import (
	"math"
	"time"
)

// The timerHeap orders Completions by the instant at which their time is up. It
// is a heap of four children a node: timeouts of one length come in order, and
// then adding one is a single comparison.
type timerHeap struct {
	timers []timer
}

type timer struct {
	when int64
	c    *Completion
}

const heapArity = 4

// set gives c the timer at when, moving the one it has.
func (h *timerHeap) set(c *Completion, when int64) {
	c.when = when
	if c.timerSlot == 0 {
		h.timers = append(h.timers, timer{})
		h.up(len(h.timers)-1, timer{when, c})
		return
	}
	h.replace(c.timerSlot-1, timer{when, c})
}

// clear takes c's timer away, if it has one.
func (h *timerHeap) clear(c *Completion) {
	if c.timerSlot == 0 {
		return
	}
	i := c.timerSlot - 1
	c.timerSlot = 0
	last := len(h.timers) - 1
	moved := h.timers[last]
	h.timers[last] = timer{}
	h.timers = h.timers[:last]
	if i != last {
		h.replace(i, moved)
	}
}

// first is the earliest instant; false when there are no timers.
func (h *timerHeap) first() (int64, bool) {
	if len(h.timers) == 0 {
		return 0, false
	}
	return h.timers[0].when, true
}

// expired takes off a Completion whose time is up at now, or returns nil.
func (h *timerHeap) expired(now int64) *Completion {
	if len(h.timers) == 0 || h.timers[0].when > now {
		return nil
	}
	c := h.timers[0].c
	h.clear(c)
	return c
}

func (h *timerHeap) replace(i int, t timer) {
	if i > 0 && t.when < h.timers[(i-1)/heapArity].when {
		h.up(i, t)
	} else {
		h.down(i, t)
	}
}

// up puts t at i or above.
func (h *timerHeap) up(i int, t timer) {
	for i > 0 {
		parent := (i - 1) / heapArity
		if h.timers[parent].when <= t.when {
			break
		}
		h.put(i, h.timers[parent])
		i = parent
	}
	h.put(i, t)
}

// down puts t at i or below.
func (h *timerHeap) down(i int, t timer) {
	for {
		first := i*heapArity + 1
		if first >= len(h.timers) {
			break
		}
		least := first
		for j := first + 1; j < min(first+heapArity, len(h.timers)); j++ {
			if h.timers[j].when < h.timers[least].when {
				least = j
			}
		}
		if t.when <= h.timers[least].when {
			break
		}
		h.put(i, h.timers[least])
		i = least
	}
	h.put(i, t)
}

func (h *timerHeap) put(i int, t timer) {
	h.timers[i] = t
	t.c.timerSlot = i + 1
}

// now is the proactor's clock, in nanoseconds since it was made. It is
// monotonic: time.Since does not look at the wall clock.
func (p *Proactor) now() int64 { return int64(time.Since(p.epoch)) }

// after is the instant d from now, without overflow.
func (p *Proactor) after(d time.Duration) int64 { return later(p.now(), d) }

// later is the instant d after now, without overflow and never 0, which is no
// timer.
func later(now int64, d time.Duration) int64 {
	if int64(d) > math.MaxInt64-now {
		return math.MaxInt64
	}
	return max(now+int64(d), 1)
}

// batchNow is the time at which the submissions being admitted were taken from
// the mailbox; one look at the clock serves all of them.
func (p *Proactor) batchNow() int64 {
	if p.taken == 0 {
		p.taken = p.now()
	}
	return p.taken
}

// at is the instant t on the proactor's clock, and never 0, which is no timer.
func (p *Proactor) at(t time.Time) int64 {
	if d := int64(t.Sub(p.epoch)); d != 0 {
		return d
	}
	return 1
}
