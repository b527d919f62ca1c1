//go:build unix

package sim

import "container/heap"

// The agenda is what will happen, in order of time and then of entry.
type agenda struct {
	entries []*entry
	made    uint64
}

// An entry is one thing that will happen. A nil *entry is none.
type entry struct {
	when  int64 // nanoseconds since the World's beginning
	order uint64
	place int // in the heap; negative when no longer there
	do    func()
}

func (a *agenda) add(when int64, do func()) *entry {
	a.made++
	e := &entry{when: when, order: a.made, do: do}
	heap.Push(a, e)
	return e
}

// drop takes e off, if it has not happened.
func (a *agenda) drop(e *entry) {
	if e != nil && e.place >= 0 {
		heap.Remove(a, e.place)
	}
}

// next is the time of the first entry; false when there is none.
func (a *agenda) next() (int64, bool) {
	if len(a.entries) == 0 {
		return 0, false
	}
	return a.entries[0].when, true
}

// due takes off an entry whose time has come, or returns nil.
func (a *agenda) due(now int64) *entry {
	if when, ok := a.next(); !ok || when > now {
		return nil
	}
	return heap.Pop(a).(*entry)
}

// The methods of heap.Interface.

func (a *agenda) Len() int { return len(a.entries) }

func (a *agenda) Less(i, j int) bool {
	x, y := a.entries[i], a.entries[j]
	return x.when < y.when || x.when == y.when && x.order < y.order
}

func (a *agenda) Swap(i, j int) {
	a.entries[i], a.entries[j] = a.entries[j], a.entries[i]
	a.entries[i].place, a.entries[j].place = i, j
}

func (a *agenda) Push(x any) {
	e := x.(*entry)
	e.place = len(a.entries)
	a.entries = append(a.entries, e)
}

func (a *agenda) Pop() any {
	last := len(a.entries) - 1
	e := a.entries[last]
	a.entries[last] = nil
	a.entries = a.entries[:last]
	e.place = -1
	return e
}
