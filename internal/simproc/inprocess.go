//go:build unix

package simproc

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// Progress is how far a simulation in this process has come.
type Progress interface {
	Progress() (events uint64, now int64)
}

// lookMax is how long it may be until the next look at a simulation that shows no progress.
const lookMax = 5 * time.Second

// WatchHere looks at a simulation in this process until done is true, and tells on w why it
// hangs. It must be called outside of bubbles.
func WatchHere(p Progress, done *atomic.Bool, w io.Writer) {
	events, now := p.Progress()
	moved, next, stands := time.Now(), stillAfter, Moves
	for !done.Load() {
		time.Sleep(watchEvery)
		if e, n := p.Progress(); e != events || n != now {
			events, now, moved, next, stands = e, n, time.Now(), stillAfter, Moves
		}
		if time.Since(moved) < next {
			continue
		}
		next = time.Since(moved) + min(lookMax, next)
		all := ParseStacks(Stacks())
		kind, who := Judge(all)
		if kind != Moves && kind == stands && (kind != Spin || time.Since(moved) > spinAfter) {
			fmt.Fprintf(w, "sim: %v after %d events: %s\n", time.Duration(now), events, Explain(kind, who, all))
			next, kind = time.Since(moved)+time.Hour, Moves // once is enough
		}
		stands = kind
	}
}
