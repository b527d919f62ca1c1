package fdcall

import (
	"runtime"
	"time"

	"github.com/awaitio/awaitio/internal/spin"
)

// A gathering is what a leader knows of the callers that may join before it makes its sync. The callers
// that the last sync covered are woken as it ends, and write their next records just then.
type gathering struct {
	expected int           // callers that the last sync covered, or that waited for the next as it ended
	began    time.Time     // when the last sync began
	lasted   time.Duration // how long it took
	waits    spin.Estimate // whether all expected callers have joined lately
}

// A leader waits for a quarter of the time of a sync at most, which is less than it saves if all
// expected callers come. If a sync covers many callers, waiting saves nothing:
// docs/decisions/sharedsyncs.md.
const (
	gatherShare   = 4
	gatherMost    = 50 * time.Microsecond
	gatherCallers = 16
)

// Gather lets callers join the sync that the caller leads. It lets other goroutines run once. If the
// expected callers have joined lately, it waits for them for a while.
func (g *SyncGroup) Gather() {
	runtime.Gosched()
	limit := g.gatherLimit()
	if limit <= 0 {
		return
	}
	all := g.allJoined()
	for began := time.Now(); !all && time.Since(began) < limit; all = g.allJoined() {
		runtime.Gosched()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.gathering.waits.Note(all)
}

// gatherLimit is how long the leader waits. If it is not 0, gathering.waits must be told how it went.
func (g *SyncGroup) gatherLimit() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	x := &g.gathering
	limit := min(x.lasted/gatherShare, gatherMost)
	if x.expected > gatherCallers || limit > 0 && !x.waits.Worth() {
		return 0
	}
	return limit
}

// allJoined reports whether as many callers wait for the leader as are expected.
func (g *SyncGroup) allJoined() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.next.Size+1 >= g.gathering.expected
}

// note records a sync that ends. The lock is held.
func (g *SyncGroup) note() {
	x := &g.gathering
	x.lasted, x.expected = time.Since(x.began), g.covered.Size+1+g.next.Size
}
