//go:build unix

package sim

import (
	"sync"
	"testing"

	"github.com/awaitio/awaitio/internal/simproc"
)

// UsePattern has children find the test by another pattern, until restore.
func UsePattern(p string) (restore func()) {
	before := patternOf
	patternOf = func(string) string { return p }
	return func() { patternOf = before }
}

// EndOf is endOf.
func EndOf(journal []string) string { return endOf(journal) }

// Signature is signature.
func Signature(o *simproc.Outcome) string { return signature(o) }

// Journals runs seeds of a test, each in a child process, and returns their journals.
func Journals(t *testing.T, c Config, seeds []uint64, test func(*testing.T, *World)) (all [][]string) {
	t.Helper()
	call := callOf(t)
	if simproc.IsChild() {
		runInChild(t, call, c, test)
		t.FailNow() // the child is to run this call
	}
	r := newRunner(t, call, c.withDefaults(), orders{})
	all = make([][]string, len(seeds))
	var runs sync.WaitGroup
	for i, seed := range seeds {
		runs.Go(func() {
			task := r.base
			task.Seed = seed
			o, err := r.child(t.Context(), task)
			if err != nil || o.Failed() {
				t.Errorf("run %d: %v, %+v", i, err, o)
				return
			}
			all[i] = o.Journal
		})
	}
	runs.Wait()
	return all
}
