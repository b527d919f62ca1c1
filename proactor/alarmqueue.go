package proactor

import (
	"sync"
	"sync/atomic"
)

// An alarmQueue orders Alarms by their instants. It is lazy: an Alarm that is
// stopped leaves its entry behind, one that is moved to later keeps it, and what
// an entry means is seen when its instant comes. Nothing is searched for.
type alarmQueue struct {
	mu     sync.Mutex
	heap   heap[*Alarm]
	stale  int // entries of Alarms that are stopped, or have another
	closed bool

	running atomic.Int64 // Alarms that are set
	next    atomic.Int64 // instant of the first entry; 0: none
}

// placed is of no use: nothing is searched for.
func (a *Alarm) placed(int) {}

// set has a due at when, and reports whether nothing in the queue is earlier. The
// lock is held, here as in the other methods.
func (q *alarmQueue) set(a *Alarm, when int64) (first bool) {
	if a.when == 0 {
		q.running.Add(1)
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
	q.heap.push(entry[*Alarm]{when, a})
	q.tell()
	return q.heap.entries[0].of == a
}

func (q *alarmQueue) stop(a *Alarm) {
	if a.when == 0 {
		return
	}
	a.when = 0
	q.running.Add(-1)
	if a.entry != 0 {
		q.stale++
		q.sweepIfStale()
	}
}

// due takes off an Alarm whose time is up, or returns nil.
func (q *alarmQueue) due(now int64) *Alarm {
	for len(q.heap.entries) > 0 && q.heap.entries[0].when <= now {
		e := q.heap.entries[0]
		q.heap.remove(0)
		a := e.of
		switch {
		case a.entry != e.when:
			q.stale-- // a has another
			continue
		case a.when == 0:
			a.entry = 0
			q.stale--
			continue
		case a.when > e.when: // it was moved

			a.entry = a.when
			q.heap.push(entry[*Alarm]{a.when, a})
			continue
		}
		a.when, a.entry = 0, 0
		q.running.Add(-1)
		q.tell()
		return a
	}
	q.tell()
	return nil
}

// tell lets the loop see the first instant without the lock.
func (q *alarmQueue) tell() {
	if len(q.heap.entries) == 0 {
		q.next.Store(0)
		return
	}
	if when := q.heap.entries[0].when; when != q.next.Load() {
		q.next.Store(when)
	}
}

// staleMin is how many stale entries are not worth a sweep.
const staleMin = 64

// sweepIfStale drops stale entries when they are half of all, which makes it a
// constant effort for each.
func (q *alarmQueue) sweepIfStale() {
	if q.stale < staleMin || 2*q.stale < len(q.heap.entries) {
		return
	}
	kept := q.heap.entries[:0]
	for _, e := range q.heap.entries {
		switch a := e.of; {
		case a.entry != e.when:
		case a.when == 0:
			a.entry = 0
		default:
			a.entry = a.when
			kept = append(kept, entry[*Alarm]{a.when, a})
		}
	}
	clear(q.heap.entries[len(kept):])
	q.heap.entries, q.stale = kept, 0
	q.heap.order()
	q.tell()
}

// close stops all and refuses more.
func (q *alarmQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range q.heap.entries {
		e.of.when, e.of.entry = 0, 0
	}
	q.heap.entries, q.stale, q.closed = nil, 0, true
	q.running.Store(0)
	q.next.Store(0)
}

// closeIfNone refuses more if none is set and closed, which closes the rest, agrees.
func (q *alarmQueue) closeIfNone(closed func() bool) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = q.running.Load() == 0 && closed()
	return q.closed
}

// sound calls what is due at now.
func (q *alarmQueue) sound(now int64) {
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
