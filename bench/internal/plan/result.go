package plan

import "github.com/awaitio/awaitio/bench/internal/stats"

// A Result is what became of a row: for each contender its samples, one a round,
// nil where it failed, and its first error.
type Result struct {
	Row     Row
	Samples map[string][]stats.Sample
	Errors  map[string]string
	Absent  map[string]string // why a contender is not to be had on this machine
}
