//go:build unix

package sim

import (
	"testing"
	"testing/synctest"

	"github.com/awaitio/awaitio/internal/sim"
	"github.com/awaitio/awaitio/internal/simproc"
)

// Run runs test for each of Config.Count seeds, in a World of its own and a bubble of
// testing/synctest. t fails with the first seed that fails. Run then runs that seed again,
// removes the faults that the failure does not need, and tries whether it depends on how long
// packets travel. It reports the seed, the remaining faults, the last lines of the journal, and
// the command that runs the seed in one process, for a debugger. It writes the seed and its
// faults to testdata/sim, and runs them first from then on.
//
// Each seed runs in a child process; there is one child per CPU at a time. A child is the test
// binary again, which runs the same test up to the same call of Run. Code before Run in the test
// runs in each child; code after Run runs in none. A test must call Run in the same order each
// time. When test returns, every goroutine that it started must have ended, except those of
// hosts: Run stops the hosts after test, and after the functions of t.Cleanup.
//
// A seed fails if its t fails, if the process panics, if a Program returns an error, if
// goroutines outlive their host or the test by an hour of simulated time, if simulated time
// stands still, or if the test has not ended within Config.Limit. The report names the goroutines,
// their hosts, and who holds a mutex that they wait for.
//
// With SIM_SEED=n in the environment, Run runs only that seed, in this process, with the faults
// that testdata/sim lists; with SIM_FAULTS=all, with all faults. The package comment lists all
// variables.
func Run(t *testing.T, c Config, test func(t *testing.T, w *World)) {
	t.Helper()
	call := callOf(t)
	if simproc.IsChild() {
		runInChild(t, call, c, test)
		return
	}
	o, err := readOrders(c.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	if o.one {
		runHere(t, c, o, test)
		return
	}
	newRunner(t, call, c.withDefaults(), o).run()
}

// runInChild runs the seed of a child, if the call of Run is the one that it is about.
func runInChild(t *testing.T, call int, c Config, test func(*testing.T, *World)) {
	child, err := simproc.Attach()
	if err != nil {
		t.Fatal(err)
	}
	task := child.Task
	if task.Test != t.Name() || task.Call != call {
		return
	}
	child.Prepare(t)
	var report *simproc.Report
	defer func() {
		if t.Failed() {
			report = &simproc.Report{Failed: true}
		}
		child.Finish(report)
	}()
	var w *World
	synctest.Test(t, func(t *testing.T) {
		w = newWorld(t, task.Seed, c, child.Page, sim.Options{Keep: onlyFaults(task.Only, task.Keep), LeastLatency: task.LeastLatency})
		w.giveUp = child.GiveUp
		test(t, w)
	})
	report = &simproc.Report{Sometimes: w.noted}
	t.SkipNow() // what comes after Run is the parent's
}

// onlyFaults is the faults that alone are to happen, in order; nil for all.
func onlyFaults(only bool, keep []uint64) []uint64 {
	if !only {
		return nil
	}
	if keep == nil {
		return []uint64{}
	}
	return keep
}
