//go:build unix

package sim

import (
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/awaitio/awaitio/internal/sim"
	"github.com/awaitio/awaitio/internal/simproc"
)

// runHere runs one seed in this process.
func runHere(t *testing.T, c Config, o orders, test func(*testing.T, *World)) {
	t.Helper()
	s := script{seed: o.seed}
	if kept, err := readScript(scriptPath(t.Name(), o.seed)); err == nil && !o.allFaults {
		s = kept
	}
	if s.only {
		t.Logf("seed %d with the %d faults that testdata/sim says are needed", s.seed, len(s.faults))
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	simproc.SeedRandom(t, o.seed)
	if !o.blockMutexes {
		if err := simproc.PassMutexes(); err == nil && !simproc.MutexesPass(t) {
			t.Fatal("the clock of a bubble does not pass over mutexes: run with SIM_MUTEX=block")
		}
	}
	page := simproc.NewPage()
	var done atomic.Bool
	defer done.Store(true)
	go simproc.WatchHere(page, &done, os.Stderr)
	defer func() {
		if t.Failed() {
			t.Log(endOf(page.Journal()))
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, o.seed, c, page, sim.Options{Keep: onlyFaults(s.only, slices.Sorted(slices.Values(s.faults)))})
		test(t, w)
	})
}

// watch tells on standard error why the bubble's clock stands still. No goroutine of the
// bubble could; cleanups run outside of any.
func (w *World) watch() {
	object := make([]*World, 8)
	runtime.AddCleanup(&object[0], func(w *World) {
		go simproc.WatchHere(w.page, &w.unwatched, os.Stderr)
	}, w)
	runtime.GC() // finds that nobody has object
}
