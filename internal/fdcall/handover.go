package fdcall

import (
	"sync/atomic"
	"time"

	"github.com/awaitio/awaitio/internal/pulse"
)

// handovers are how long it takes from the delivery of a result until the goroutine that waits for it
// runs. A look at the clock costs as much as a tenth of the fastest call, so few are timed. Each record
// counts for itself which of its results are: a count that all share costs a fiftieth of that call.
type handovers struct {
	made       atomic.Uint32 // how many records
	last, most atomic.Int64
}

// handoversSampled is one in how many results of a record is timed. It divides 256.
const handoversSampled = 64

// first is what a new record has counted already. Of 64 records, one is timed with its first result.
func (h *handovers) first() uint8 {
	return uint8(h.made.Add(1) - 2)
}

// note notes that the goroutine runs that was handed a result at that time, as pulse.Now has it.
func (h *handovers) note(handed time.Duration) {
	elapsed := int64(pulse.Now() - handed)
	h.last.Store(elapsed)
	for most := h.most.Load(); elapsed > most && !h.most.CompareAndSwap(most, elapsed); {
		most = h.most.Load()
	}
}
