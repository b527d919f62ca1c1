package fdcall

import (
	"sync/atomic"
	"time"
)

// handovers are how long it takes from the delivery of a result until the goroutine that waits for it
// runs. A look at the clock costs as much as a tenth of the fastest call, so few are timed.
type handovers struct {
	delivered  uint32 // the loop's
	last, most atomic.Int64
}

const handoversSampled = 64

// sample reports whether the result that is about to be delivered is one that is timed. It is for the
// loop.
func (h *handovers) sample() bool {
	h.delivered++
	return h.delivered%handoversSampled == 0
}

func (h *handovers) note(elapsed time.Duration) {
	h.last.Store(int64(elapsed))
	for most := h.most.Load(); int64(elapsed) > most && !h.most.CompareAndSwap(most, int64(elapsed)); {
		most = h.most.Load()
	}
}
