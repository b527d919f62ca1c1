package fdcall

import (
	"cmp"
	"maps"
	"slices"

	"github.com/awaitio/awaitio/proactor"
)

// engines are all engines that may have something under way, each with the number of a loop that
// it serves. also runs while none of them can become part of the history.
func (s *Loops) engines(also func()) map[*Engine]int {
	h := &s.history
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fold()
	also()
	all := make(map[*Engine]int)
	for i, l := range s.loops() {
		if e := l.current.Load(); e != nil && !e.folded {
			if _, seen := all[e]; !seen { // one may serve for several loops: see newEngine
				all[e] = i
			}
		}
	}
	for _, e := range h.ended {
		all[e] = slices.Index(s.all, e.loop)
	}
	return all
}

func nothing() {}

// survey asks all engines at once, and returns the answers in no order: a loop that does not
// answer is not to be waited for several times.
func survey[T any](engines map[*Engine]int, ask func(e *Engine, loop int) T) []T {
	answers := make(chan T, len(engines))
	for e, loop := range engines {
		go func() { answers <- ask(e, loop) }()
	}
	all := make([]T, 0, len(engines))
	for range engines {
		all = append(all, <-answers)
	}
	return all
}

// Operations are the calls under way, oldest first, at most limit.
func (s *Loops) Operations(limit int) []proactor.Operation {
	if limit <= 0 {
		limit = operationsDefault
	}
	lists := survey(s.engines(nothing), func(e *Engine, loop int) []proactor.Operation {
		return ofLoop(loop, e.Proactor.Operations(limit))
	})
	for i, l := range s.loops() {
		lists = append(lists, ofLoop(i, l.outside.append(nil, limit)), ofLoop(i, l.directs.waiting()))
	}
	return merge(lists, limit)
}

// ofLoop says of operations whose they are.
func ofLoop(loop int, some []proactor.Operation) []proactor.Operation {
	for i := range some {
		some[i].Loop = loop
	}
	return some
}

// merge is the first limit operations of lists, each of which is in the order of age.
func merge(lists [][]proactor.Operation, limit int) []proactor.Operation {
	size := 0
	for i, list := range lists {
		size += len(list)
		if !slices.IsSortedFunc(list, byAge) { // a loop that does not answer comes last in its own list
			slices.SortStableFunc(lists[i], byAge)
		}
	}
	all := make([]proactor.Operation, 0, min(size, limit))
	for len(all) < cap(all) {
		first := -1
		for i, list := range lists {
			if len(list) > 0 && (first < 0 || byAge(list[0], lists[first][0]) < 0) {
				first = i
			}
		}
		all = append(all, lists[first][0])
		lists[first] = lists[first][1:]
	}
	return all
}

func byAge(a, b proactor.Operation) int {
	return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.FD, b.FD))
}

const operationsDefault = 1000

// States are the loops that run.
func (s *Loops) States() []proactor.LoopState {
	all := survey(s.engines(nothing), func(e *Engine, loop int) proactor.LoopState {
		state := e.Proactor.LoopState()
		state.Loop = loop
		return state
	})
	slices.SortFunc(all, func(a, b proactor.LoopState) int { return cmp.Compare(a.Loop, b.Loop) })
	return all
}

// Kinds are the counts of each kind of operation, of all engines that s uses or has used.
func (s *Loops) Kinds() []proactor.KindStats {
	sums := make(kindSums)
	engines := s.engines(func() { maps.Copy(sums, s.history.kinds) })
	for _, one := range survey(engines, func(e *Engine, _ int) []proactor.KindStats { return e.Proactor.Kinds() }) {
		sums.add(one)
	}
	for _, l := range s.loops() {
		sums.add(l.directs.counts())
	}
	return slices.SortedFunc(maps.Values(sums), func(a, b proactor.KindStats) int { return cmp.Compare(a.Op, b.Op) })
}

// kindSums are counts by the kind of operation.
type kindSums map[string]proactor.KindStats

func (k kindSums) add(some []proactor.KindStats) {
	for i := range some {
		sum := k[some[i].Op]
		sum.Op = some[i].Op
		sum.Add(&some[i])
		k[sum.Op] = sum
	}
}
