package fdcall

import (
	"runtime"
	"time"

	"github.com/awaitio/awaitio/internal/spin"
)

// A gathering is what a leader knows of the callers that may join before it makes its sync. The callers
// that the last sync was for are woken as it ends, and write their next records just then.
type gathering struct {
	expected int           // callers that the last sync was for, or that waited for the next one as it ended
	began    time.Time     // the last sync
	lasted   time.Duration // the same
	waits    spin.Estimate // whether they all joined
}

// A leader waits for others for a share of what a sync takes, which is less than it saves where all come. Where a
// sync is for many it saves nothing: docs/decisions/sharedsyncs.md.
const (
	gatherShare   = 4
	gatherMost    = 50 * time.Microsecond
	gatherCallers = 16
)

// Gather lets callers join the sync that the caller leads. It lets others run once and, where all the callers of
// the last sync have joined of late, waits for them for a while.
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

// gatherLimit is how long the leader waits. If that is more than nothing, a note of how it went is to follow.
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

// note notes a sync that ends. The group's lock is held.
func (g *SyncGroup) note() {
	x := &g.gathering
	x.lasted, x.expected = time.Since(x.began), g.covered.Size+1+g.next.Size
}
