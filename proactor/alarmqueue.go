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
	heap   []alarmEntry // of four children a node
	stale  int          // entries of Alarms that are stopped, or have another
	closed bool

	running atomic.Int64 // Alarms that are set
	next    atomic.Int64 // instant of the first entry; 0: none
}

type alarmEntry struct {
	when int64
	a    *Alarm
}

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
	q.heap = append(q.heap, alarmEntry{})
	q.up(len(q.heap)-1, alarmEntry{when, a})
	q.tell()
	return q.heap[0].a == a
}

func (q *alarmQueue) stop(a *Alarm) {
	if a.when == 0 {
		return
	}
	a.when = 0
	q.running.Add(-1)
	if a.entry != 0 {
		q.stale++
		q.sweepIfMany()
	}
}

// due takes off an Alarm whose time is up, or returns nil.
func (q *alarmQueue) due(now int64) *Alarm {
	for len(q.heap) > 0 && q.heap[0].when <= now {
		e := q.heap[0]
		q.removeFirst()
		a := e.a
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
			q.heap = append(q.heap, alarmEntry{})
			q.up(len(q.heap)-1, alarmEntry{a.when, a})
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
	if len(q.heap) == 0 {
		q.next.Store(0)
		return
	}
	if when := q.heap[0].when; when != q.next.Load() {
		q.next.Store(when)
	}
}

// staleMin is how many stale entries are not worth a sweep.
const staleMin = 64

// sweepIfMany drops stale entries when they are half of all, which makes it a
// constant effort for each.
func (q *alarmQueue) sweepIfMany() {
	if q.stale < staleMin || 2*q.stale < len(q.heap) {
		return
	}
	kept := q.heap[:0]
	for _, e := range q.heap {
		switch a := e.a; {
		case a.entry != e.when:
		case a.when == 0:
			a.entry = 0
		default:
			a.entry = a.when
			kept = append(kept, alarmEntry{a.when, a})
		}
	}
	clear(q.heap[len(kept):])
	q.heap, q.stale = kept, 0
	for i := (len(kept) - 2) / heapArity; i >= 0 && len(kept) > 1; i-- {
		q.down(i, kept[i])
	}
	q.tell()
}

// close stops all and refuses more.
func (q *alarmQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range q.heap {
		e.a.when, e.a.entry = 0, 0
	}
	q.heap, q.stale, q.closed = nil, 0, true
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

func (q *alarmQueue) removeFirst() {
	last := len(q.heap) - 1
	e := q.heap[last]
	q.heap[last] = alarmEntry{}
	q.heap = q.heap[:last]
	if last > 0 {
		q.down(0, e)
	}
}

// up puts e at i or above.
func (q *alarmQueue) up(i int, e alarmEntry) {
	for i > 0 {
		parent := (i - 1) / heapArity
		if q.heap[parent].when <= e.when {
			break
		}
		q.heap[i] = q.heap[parent]
		i = parent
	}
	q.heap[i] = e
}

// down puts e at i or below.
func (q *alarmQueue) down(i int, e alarmEntry) {
	for {
		first := i*heapArity + 1
		if first >= len(q.heap) {
			break
		}
		least := first
		for j := first + 1; j < min(first+heapArity, len(q.heap)); j++ {
			if q.heap[j].when < q.heap[least].when {
				least = j
			}
		}
		if e.when <= q.heap[least].when {
			break
		}
		q.heap[i] = q.heap[least]
		i = least
	}
	q.heap[i] = e
}
