//go:build unix

package sim

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/awaitio/awaitio/internal/sim"
	"github.com/awaitio/awaitio/internal/simproc"
)

// replaysMax is how often a seed that has failed runs again.
const replaysMax = 5

// A failure is what is known of a seed that has failed.
type failure struct {
	test    string
	outcome *simproc.Outcome // of the reduced run if there is one
	faults  int              // that happened in the first run
	reduced bool             // outcome.Task.Keep are all that are needed

	leastLatency string // what comes of it where all packets are as fast as may be; "" if it was not tried

	replays, failed, same int // how often it ran again, failed, and had the same journal

	command string
	kept    string // the script's path
	remarks []string
}

// explain runs a seed that has failed again, reduces it, and reports.
func (r *runner) explain(ctx context.Context, first *simproc.Outcome) string {
	f := &failure{test: r.t.Name(), outcome: first, faults: len(first.Faults)}
	r.replay(ctx, f, first)
	if f.failed > 0 && r.config.Minimize > 0 {
		limited, cancel := context.WithTimeout(ctx, r.config.Minimize)
		defer cancel()
		r.reduce(limited, f, first)
		r.tryLeastLatency(limited, f)
	}
	f.command = command(f.test, first.Task.Seed)
	path, err := writeScript(f.test, f.script())
	if err != nil {
		f.remarks = append(f.remarks, "it could not be kept: "+err.Error())
	} else {
		f.kept = path
	}
	if first.NoTable != "" {
		f.remarks = append(f.remarks, "mutexes are not passed over: "+first.NoTable)
	}
	return f.String()
}

// replay runs the seed again as it was.
func (r *runner) replay(ctx context.Context, f *failure, first *simproc.Outcome) {
	var mu sync.Mutex
	var all sync.WaitGroup
	replays := replaysMax
	if first.Stall != "" {
		replays = 1 // each takes seconds
	}
	for range replays {
		all.Go(func() {
			o, err := r.child(ctx, again(first))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				return
			}
			f.replays++
			if o.Failed() {
				f.failed++
			}
			if o.Hash == first.Hash {
				f.same++
			}
		})
	}
	all.Wait()
}

// again is the task of an outcome once more, with the same chance of the runtime.
func again(o *simproc.Outcome) simproc.Task {
	task := o.Task
	task.Chance = o.Chance
	return task
}

// reduce looks for few faults with which the seed fails in the same way.
func (r *runner) reduce(ctx context.Context, f *failure, first *simproc.Outcome) {
	what := signature(first)
	var mu sync.Mutex
	best := map[int]*simproc.Outcome{}
	fails := func(ctx context.Context, keep []uint64) bool {
		task := again(first)
		task.Only, task.Keep = true, keep
		o, err := r.child(ctx, task)
		if err != nil || !o.Failed() || signature(o) != what {
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		best[len(keep)] = o
		return true
	}
	if !fails(ctx, first.Faults) {
		return // not even with all that are known
	}
	keep := simproc.Reduce(ctx, first.Faults, cap(children), fails)
	mu.Lock()
	defer mu.Unlock()
	if o := best[len(keep)]; o != nil {
		f.outcome, f.reduced = o, true
	}
}

// What a report says of latency.
const (
	failsFast  = "it fails too if every packet takes the least time that its link allows"
	passesFast = "it does not fail if every packet takes the least time that its link allows"
)

// tryLeastLatency finds out whether the failure depends on how long packets travel.
func (r *runner) tryLeastLatency(ctx context.Context, f *failure) {
	if f.outcome.Travels == 0 {
		return
	}
	task := again(f.outcome)
	task.LeastLatency = true
	switch o, err := r.child(ctx, task); {
	case err != nil: // there was no time
	case o.Failed() && signature(o) == signature(f.outcome):
		f.leastLatency = failsFast
	default:
		f.leastLatency = passesFast
	}
}

var digits = regexp.MustCompile(`[0-9]+`)

// testMessage matches a message of the test, after the place that package testing puts before it, and a panic's.
var testMessage = regexp.MustCompile(`^\s*(\S+\.go:[0-9]+: |panic: )`)

// signature tells failures apart: the first message of the test, or the first line of all where the
// test has told nothing, without numbers. What programs log beside it differs with each set of faults.
func signature(o *simproc.Outcome) string {
	first := ""
	switch {
	case o.Stall != "":
		first, _, _ = strings.Cut(o.Stall, "\n")
	case o.Report != nil && o.Report.GaveUp != "":
		first, _, _ = strings.Cut(o.Report.GaveUp, "\n")
	default:
		if lines := messages(o.Output); len(lines) > 0 {
			first = lines[max(0, slices.IndexFunc(lines, testMessage.MatchString))]
		}
	}
	return digits.ReplaceAllString(first, "#")
}

// script is what is kept of the failure.
func (f *failure) script() script {
	t := f.outcome.Task
	s := script{seed: t.Seed, only: t.Only, faults: t.Keep, words: map[uint64]string{}}
	for _, id := range t.Keep {
		if line := f.lineOf(id); line != "" {
			s.words[id] = strings.TrimSpace(line)
		}
	}
	return s
}

// lineOf is the journal's line about a fault, without its number.
func (f *failure) lineOf(id uint64) string {
	for _, line := range f.outcome.Journal {
		if rest, ok := strings.CutSuffix(line, " ["+sim.FaultID(id).String()+"]"); ok {
			return rest
		}
	}
	return ""
}
