package fdcall

import (
	"sync"

	"github.com/awaitio/awaitio/proactor"
)

// A history keeps the counts of engines that have ended, so that those of an IO only
// grow.
type history struct {
	mu    sync.Mutex
	sum   proactor.Stats // of the engines that are folded
	kinds kindSums       // the same of these
	ended []*Engine      // replaced, and perhaps not at their end yet
}

// replace has loop use e from now on.
func (h *history) replace(loop *Loop, e *Engine) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if old := loop.current.Swap(e); old != nil && !old.folded {
		h.ended = append(h.ended, old)
	}
	h.fold()
}

// fold adds up what does not change any more. The caller holds mu.
func (h *history) fold() {
	going := h.ended[:0]
	for _, e := range h.ended {
		switch {
		case !e.isSettled():
			going = append(going, e)
		case !e.folded: // else it was several loops'
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

// isSettled reports whether the counts of e do not change any more. Receivers that its end has woken may
// not have run since.
func (e *Engine) isSettled() bool {
	if !isClosed(e.Proactor.Done()) {
		return false
	}
	s := e.Proactor.Stats()
	return s.Submitted == s.Completed
}

// Stats are the sums over all engines that s uses or has used.
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
			return // one may serve for several loops: see newEngine
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

// addCounts adds all of s that is no level of the moment.
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
