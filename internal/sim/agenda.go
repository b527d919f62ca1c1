//go:build unix

package sim

import "container/heap"

// The agenda is what will happen, in order of time, then of rank, then of entry. No two
// entries happen at one instant: what would comes a nanosecond later.
type agenda struct {
	entries []*entry
	made    uint64
	last    int64 // the instant of the last entry that happened
}

// An entry is one thing that will happen. A nil *entry is none.
type entry struct {
	when  int64  // nanoseconds since the World's beginning, at the earliest
	rank  uint64 // of what is due at one instant: what it is about, whoever entered it first
	order uint64
	place int // in the heap; negative when no longer there
	do    func()
}

func (a *agenda) add(when int64, rank object, do func()) *entry {
	a.made++
	e := &entry{when: when, rank: uint64(rank), order: a.made, do: do}
	heap.Push(a, e)
	return e
}

// drop takes e off, if it has not happened.
func (a *agenda) drop(e *entry) {
	if e != nil && e.place >= 0 {
		heap.Remove(a, e.place)
	}
}

// next is the instant of the first entry; false when there is none.
func (a *agenda) next() (int64, bool) {
	if len(a.entries) == 0 {
		return 0, false
	}
	return max(a.entries[0].when, a.last+1), true
}

// due takes off an entry whose instant has come, or returns nil.
func (a *agenda) due(now int64) *entry {
	when, ok := a.next()
	if !ok || when > now {
		return nil
	}
	a.last = when
	return heap.Pop(a).(*entry)
}

// The methods of heap.Interface.

func (a *agenda) Len() int { return len(a.entries) }

func (a *agenda) Less(i, j int) bool {
	x, y := a.entries[i], a.entries[j]
	switch {
	case x.when != y.when:
		return x.when < y.when
	case x.rank != y.rank:
		return x.rank < y.rank
	}
	return x.order < y.order
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
