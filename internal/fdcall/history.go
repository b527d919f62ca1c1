package fdcall

import (
	"sync"

	"github.com/awaitio/awaitio/proactor"
)

// A history keeps the counts of engines that have ended, so that the counts of an IO never fall.
type history struct {
	mu    sync.Mutex
	sum   proactor.Stats // of all folded engines
	kinds kindSums       // of all folded engines
	ended []*Engine      // engines that were replaced, and may still have operations under way
}

// replace makes e the engine of loop.
func (h *history) replace(loop *Loop, e *Engine) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if old := loop.current.Swap(e); old != nil && !old.folded {
		h.ended = append(h.ended, old)
	}
	h.fold()
}

// fold adds the counts of engines whose counts do not change any more. The caller holds mu.
func (h *history) fold() {
	going := h.ended[:0]
	for _, e := range h.ended {
		switch {
		case !e.isSettled():
			going = append(going, e)
		case !e.folded: // it is in the list several times if it was the engine of several loops
			e.folded = true
			addCounts(&h.sum, e.Proactor.Stats())
			if h.kinds == nil {
				h.kinds = make(kindSums)
			}
			h.kinds.add(e.Proactor.Kinds())
		}
	}
	clear(h.ended[len(going):])
	h.ended = going
}

// isSettled reports whether the counts of e do not change any more. After its end, receivers that it has
// woken may still have to run and be counted.
func (e *Engine) isSettled() bool {
	if !isClosed(e.Proactor.Done()) {
		return false
	}
	s := e.Proactor.Stats()
	return s.Submitted == s.Completed
}

// Stats returns the sums over all engines that s uses or has used.
func (s *Loops) Stats() proactor.Stats {
	sum := s.history.stats(s.loops())
	s.addFiles(&sum)
	return sum
}

func (h *history) stats(loops []*Loop) proactor.Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fold()
	sum, seen := h.sum, make(map[*Engine]bool, len(loops))
	add := func(e *Engine) {
		if e == nil || seen[e] || e.folded {
			return // an engine may serve several loops: see newEngine
		}
		seen[e] = true
		s := e.Proactor.Stats()
		addCounts(&sum, s)
		sum.Queued += s.Queued
		sum.InFlight += s.InFlight
		sum.Stuck += s.Stuck
	}
	for _, e := range h.ended {
		add(e)
	}
	for _, loop := range loops {
		add(loop.current.Load())
	}
	return sum
}

// addCounts adds the totals of s, but not its current values.
func addCounts(sum *proactor.Stats, s proactor.Stats) {
	sum.Submitted += s.Submitted
	sum.Completed += s.Completed
	sum.Canceled += s.Canceled
	sum.TimedOut += s.TimedOut
	sum.Abandoned += s.Abandoned
	sum.SystemCalls += s.SystemCalls
	sum.WakeUps += s.WakeUps
	sum.Overflows += s.Overflows
	for i, n := range s.BatchSizes {
		sum.BatchSizes[i] += n
	}
}
