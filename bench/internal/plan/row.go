package plan

import (
	"slices"
	"time"

	"github.com/awaitio/awaitio/bench/internal/stats"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// A Row is one comparison.
type Row struct {
	Name       string // "echo/64x64B"
	Title      string
	Note       string        // what a reader has to know, if anything
	Served     bool          // a server and the load generator; otherwise one process
	Peer       string        // the contender that is the server of that one process, if it has one
	Busy       int           // so many programs that compute run beside it
	Full       bool          // takes too long for every day
	Twin       bool          // of a row before it, with the other load generator
	Duration   time.Duration // of a measurement, where it takes longer than others
	Spec       wire.Spec     // less the contender
	Contenders []string      // in the order of their turns
	Base       string        // the contender that the others are divided by
	Main       stats.Metric  // the one to look at first
	Goals      []Goal
}

// Wants reports whether m is the row's main metric or that of a goal.
func (r Row) Wants(m stats.Metric) bool {
	return m == r.Main || slices.ContainsFunc(r.Goals, func(g Goal) bool { return g.Metric == m })
}

// Shrink is the row made small enough to be over at once, for a test that it
// works at all.
func (r Row) Shrink() Row {
	r.Spec.Conns = min(r.Spec.Conns, 16)
	r.Spec.Depth = min(r.Spec.Depth, 8)
	r.Spec.Count = min(r.Spec.Count, 200)
	r.Spec.FileMiB = min(r.Spec.FileMiB, 2)
	r.Duration = 0
	r.Busy = min(r.Busy, 1)
	return r
}
