package fdcall

import (
	"cmp"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"time"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/proactor"
)

// engines returns all engines that may have something under way, each with the number of a loop that
// it serves. It calls also while none of them can become part of the history.
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

// survey asks all engines at once, and returns the answers in no order. So several loops that do not
// answer cost one wait.
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

// Operations returns the calls under way, oldest first, at most limit.
func (s *Loops) Operations(limit int) []proactor.Operation {
	return s.operations(limit, s.engines(nothing), time.Time{})
}

// operations is Operations of those engines and, outside them, of calls that are not later than began.
func (s *Loops) operations(limit int, engines map[*Engine]int, began time.Time) []proactor.Operation {
	if limit <= 0 {
		limit = operationsDefault
	}
	lists := survey(engines, func(e *Engine, loop int) ofLoop {
		return ofLoop{hook.Survey(e.Proactor, limit), loop}
	})
	for i, l := range s.loops() {
		outside := slices.DeleteFunc(l.outside.list(), func(o Outside) bool { return isLater(o.since, began) })
		direct := slices.DeleteFunc(l.directs.list(), func(r directReceive) bool { return isLater(r.since, began) })
		lists = append(lists, ofLoop{outside, i}, ofLoop{direct, i})
	}
	all := once(merge(lists, limit))
	s.lookCloser(all)
	return all
}

// once is all without what is there twice: of a loop that ends, what it leaves to the kernel may be
// found with the loop and, a moment later, with what no loop has.
func once(all []proactor.Operation) []proactor.Operation {
	type identity struct {
		fd            int
		offset, since int64
	}
	found := make(map[identity]bool)
	return slices.DeleteFunc(all, func(o proactor.Operation) bool {
		if o.State != proactor.StateLeft || !o.File {
			return false
		}
		i := identity{o.FD, o.Offset, o.Since.UnixNano()}
		twice := found[i]
		found[i] = true
		return twice
	})
}

// threadsLooked is how many threads are looked at for one list.
const threadsLooked = 64

// lateOnes returns the calls on files that are late. It finds the threads of those that run on their
// callers' threads.
func (s *Loops) lateOnes(all []proactor.Operation) (late []*proactor.Operation) {
	unknown, limit := false, time.Now().Add(-lateAfter)
	for i := range all {
		if o := &all[i]; o.File && !o.Since.After(limit) {
			late = append(late, o)
			unknown = unknown || o.Thread == 0 && o.State == proactor.StateRunning
		}
	}
	if unknown && !s.Simulated {
		findThreads(late)
	}
	return late
}

// lookCloser adds what is known of late calls on files: their mounts, and where in the kernel their
// threads wait.
func (s *Loops) lookCloser(all []proactor.Operation) {
	table, looked, late := s.lanes.last.Load(), 0, s.lateOnes(all)
	for _, o := range late {
		if o.Mount == "" && table != nil && filepath.IsAbs(o.Target) {
			mount, _ := table.ByPath(o.Target)
			o.Mount = mount.Point
		}
		if o.Thread != 0 && looked < threadsLooked {
			o.Wchan = wchanOf(o.Thread)
			looked++
		}
	}
}

// An ofLoop is what a loop has under way, the oldest first.
type ofLoop struct {
	hook.Listing
	loop int
}

// merge is the first limit operations of lists.
func merge(lists []ofLoop, limit int) []proactor.Operation {
	size, next, since := 0, make([]int, len(lists)), make([]int64, len(lists))
	for i, list := range lists {
		size += list.Len()
		since[i] = list.sinceOr(0, math.MaxInt64)
	}
	all := make([]proactor.Operation, min(size, limit))
	for n := range all {
		first := 0
		for i := range since {
			if since[i] < since[first] {
				first = i
			}
		}
		list := lists[first]
		list.Fill(next[first], &all[n])
		all[n].Loop = list.loop
		next[first]++
		since[first] = list.sinceOr(next[first], math.MaxInt64)
	}
	return all
}

// sinceOr is Since, or end if there is no operation at i.
func (o ofLoop) sinceOr(i int, end int64) int64 {
	if i == o.Len() {
		return end
	}
	return o.Since(i)
}

const operationsDefault = 1000

// States are the loops that run.
func (s *Loops) States() []proactor.LoopState {
	all := survey(s.engines(nothing), func(e *Engine, loop int) proactor.LoopState {
		state := e.Proactor.LoopState()
		state.Loop = loop
		state.Handover, state.HandoverMost = time.Duration(e.handovers.last.Load()), time.Duration(e.handovers.most.Load())
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
		sums.add(l.outside.counts())
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
