// Package alarm orders what has an instant: the timers of operations, and the alarms of
// package timeout, which are set and stopped far more often than they are due. An instant
// is a count of nanoseconds on the clock of one proactor; it must never look at a clock
// itself.
package alarm

import (
	"sync"
	"sync/atomic"
)

// An Alarm calls a function on a proactor's loop when its time is up. It costs a lock
// and, mostly, no more: an alarm that is stopped before its time is not looked for.
//
// Set F, then use it with one proactor. It must not be copied while it is set.
type Alarm struct {
	// F is called on the loop, like a proactor.Callback, and must not block. It may set
	// the Alarm again. Change it only while the Alarm is not set.
	F func()

	when  int64 // its instant; 0: not set
	entry int64 // instant of its entry in the queue; 0: none
}

// A Queue orders Alarms by their instants. It is lazy: an Alarm that is
// stopped leaves its entry behind, one that is moved to later keeps it, and what
// an entry means is seen when its instant comes. Nothing is searched for.
type Queue struct {
	mu     sync.Mutex
	heap   Heap[*Alarm]
	stale  int // entries of Alarms that are stopped, or have another
	closed bool

	// Set by the Queue, and read without its lock.
	Running atomic.Int64 // Alarms that are set
	Next    atomic.Int64 // instant of the first entry; 0: none
}

// Set has a due at when, and not at the instant it was set to. It reports whether a was
// set, whether nothing in the queue is earlier, and false for ok if the queue is closed.
func (q *Queue) Set(a *Alarm, when int64) (wasSet, first, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false, false, false
	}
	wasSet = a.when != 0
	return wasSet, q.set(a, when), true
}

// Move is Set for an Alarm that is set to the instant from; otherwise it does nothing.
func (q *Queue) Move(a *Alarm, from, when int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if a.when == from && !q.closed {
		q.set(a, when)
	}
}

// Stop has a not due, and reports whether it was set.
func (q *Queue) Stop(a *Alarm) (wasSet bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	wasSet = a.when != 0
	q.stop(a)
	return wasSet
}

// set is Set. The lock is held, here as in the other methods with a small letter.
func (q *Queue) set(a *Alarm, when int64) (first bool) {
	if a.when == 0 {
		q.Running.Add(1)
		if a.entry != 0 {
			q.stale--
		}
	}
	a.when = when
	if a.entry != 0 && a.entry <= when {
		return false // the entry will find out
	}
	if a.entry != 0 {
		q.stale++ // the one it had
	}
	a.entry = when
	q.heap.Push(Entry[*Alarm]{when, a})
	q.tell()
	return q.heap.Entries[0].Of == a
}

func (q *Queue) stop(a *Alarm) {
	if a.when == 0 {
		return
	}
	a.when = 0
	q.Running.Add(-1)
	if a.entry != 0 {
		q.stale++
		q.sweepIfStale()
	}
}

// due takes off an Alarm whose time is up, or returns nil.
func (q *Queue) due(now int64) *Alarm {
	for len(q.heap.Entries) > 0 && q.heap.Entries[0].When <= now {
		e := q.heap.Entries[0]
		q.heap.Remove(0)
		a := e.Of
		switch {
		case a.entry != e.When:
			q.stale-- // a has another
			continue
		case a.when == 0:
			a.entry = 0
			q.stale--
			continue
		case a.when > e.When: // it was moved
			a.entry = a.when
			q.heap.Push(Entry[*Alarm]{a.when, a})
			continue
		}
		a.when, a.entry = 0, 0
		q.Running.Add(-1)
		q.tell()
		return a
	}
	q.tell()
	return nil
}

// tell lets the loop see the first instant without the lock.
func (q *Queue) tell() {
	if len(q.heap.Entries) == 0 {
		q.Next.Store(0)
		return
	}
	if when := q.heap.Entries[0].When; when != q.Next.Load() {
		q.Next.Store(when)
	}
}

// staleMin is how many stale entries are not worth a sweep.
const staleMin = 64

// sweepIfStale drops stale entries when they are half of all, which makes it a
// constant effort for each.
func (q *Queue) sweepIfStale() {
	if q.stale < staleMin || 2*q.stale < len(q.heap.Entries) {
		return
	}
	kept := q.heap.Entries[:0]
	for _, e := range q.heap.Entries {
		switch a := e.Of; {
		case a.entry != e.When:
		case a.when == 0:
			a.entry = 0
		default:
			a.entry = a.when
			kept = append(kept, Entry[*Alarm]{a.when, a})
		}
	}
	clear(q.heap.Entries[len(kept):])
	q.heap.Entries, q.stale = kept, 0
	q.heap.order()
	q.tell()
}

// Close stops all and refuses more.
func (q *Queue) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range q.heap.Entries {
		e.Of.when, e.Of.entry = 0, 0
	}
	q.heap.Entries, q.stale, q.closed = nil, 0, true
	q.Running.Store(0)
	q.Next.Store(0)
}

// CloseIfNone refuses more if none is set and closed, which closes the rest, agrees.
func (q *Queue) CloseIfNone(closed func() bool) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = q.Running.Load() == 0 && closed()
	return q.closed
}

// Sound calls what is due at now.
func (q *Queue) Sound(now int64) {
	for {
		q.mu.Lock()
		a := q.due(now)
		q.mu.Unlock()
		if a == nil {
			return
		}
		a.F()
	}
}
