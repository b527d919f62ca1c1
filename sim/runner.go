//go:build unix

package sim

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/simproc"
)

// children bounds how many child processes there are, for all tests of the process.
var children = make(chan struct{}, runtime.NumCPU())

// A runner runs the seeds of one call of Run.
type runner struct {
	t      *testing.T
	config Config
	orders orders
	base   simproc.Task
	parent simproc.Parent

	mu      sync.Mutex
	next    int // of the tasks
	tasks   []simproc.Task
	until   time.Time // of SIM_TIME
	running map[int]context.CancelFunc
	failed  int // the first task that did; -1 for none
	outcome *simproc.Outcome

	seeds     int
	events    uint64
	simulated time.Duration
	sometimes map[string]bool
	err       error
}

func newRunner(t *testing.T, call int, c Config, o orders) *runner {
	return &runner{
		t: t, config: c, orders: o, failed: -1,
		base:    simproc.Task{Test: t.Name(), Call: call, BlockMutexes: o.blockMutexes},
		parent:  simproc.Parent{Pattern: patternOf(t.Name())},
		running: map[int]context.CancelFunc{}, sometimes: map[string]bool{},
	}
}

// deadlineMargin is how long before the deadline of go test the seeds end.
const deadlineMargin = 10 * time.Second

var errTime = errors.New("the test's deadline is near")

func (r *runner) run() {
	r.t.Helper()
	if err := r.plan(); err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if deadline, ok := r.t.Deadline(); ok {
		ctx, cancel = context.WithDeadlineCause(context.Background(), deadline.Add(-deadlineMargin), errTime)
	}
	defer cancel()
	began := time.Now()
	var all sync.WaitGroup
	for range cap(children) {
		all.Go(func() { r.work(ctx) })
	}
	all.Wait()
	switch {
	case r.outcome != nil:
		r.t.Error(r.explain(ctx, r.outcome))
	case r.err != nil:
		r.t.Fatalf("after %d seeds: %v", r.seeds, r.err)
	default:
		r.t.Logf("%d seeds, %v of simulated time and %d events in %v",
			r.seeds, r.simulated.Round(time.Millisecond), r.events, time.Since(began).Round(time.Millisecond))
		r.checkSometimes()
	}
}

// plan makes the tasks: scripts come first, and whole seeds of scripts after the faults that
// they needed.
func (r *runner) plan() error {
	scripts, err := readScripts(r.t.Name())
	if err != nil {
		return err
	}
	for _, s := range scripts {
		task := r.base
		task.Seed, task.Only, task.Keep = s.seed, s.only, s.faults
		r.tasks = append(r.tasks, task)
		if s.only {
			task.Only, task.Keep = false, nil
			r.tasks = append(r.tasks, task)
		}
	}
	first := r.orders.first()
	if r.orders.time > 0 {
		r.until = time.Now().Add(r.orders.time)
		r.base.Seed = first
		return nil
	}
	for i := range uint64(r.orders.count) {
		task := r.base
		task.Seed = first + i
		r.tasks = append(r.tasks, task)
	}
	return nil
}

// nextTask is the next task; false if there is none, or one has failed.
func (r *runner) nextTask(ctx context.Context) (i int, task simproc.Task, own context.Context, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed >= 0 || r.err != nil || ctx.Err() != nil {
		return 0, task, nil, false
	}
	i = r.next
	switch {
	case i < len(r.tasks):
		task = r.tasks[i]
	case time.Now().Before(r.until):
		task = r.base
		task.Seed += uint64(i)
	default:
		return 0, task, nil, false
	}
	r.next++
	own, r.running[i] = context.WithCancel(ctx)
	return i, task, own, true
}

// work runs tasks until there are no more.
func (r *runner) work(ctx context.Context) {
	for {
		i, task, own, ok := r.nextTask(ctx)
		if !ok {
			return
		}
		o, err := r.child(own, task)
		r.note(i, o, err, ctx.Err() != nil)
	}
}

// child runs a task in a child, when there is room for one. Where the runtime does not let
// mutexes be passed over, it does without.
func (r *runner) child(ctx context.Context, task simproc.Task) (*simproc.Outcome, error) {
	children <- struct{}{}
	defer func() { <-children }()
	o, err := r.parent.Run(ctx, task)
	if err == nil && o.NoMutex {
		task.BlockMutexes = true
		o, err = r.parent.Run(ctx, task)
		if err == nil {
			o.NoTable = "the clock of a bubble stands still for them all the same"
		}
	}
	return o, err
}

// note takes down what came of a task.
func (r *runner) note(i int, o *simproc.Outcome, err error, late bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	stop := r.running[i]
	delete(r.running, i)
	defer stop()
	switch {
	case late && o == nil:
		r.err = errTime
	case errors.Is(err, context.Canceled):
	case err != nil:
		r.err = fmt.Errorf("run a child: %w", err)
	case o.Failed() && (r.failed < 0 || i < r.failed):
		r.failed, r.outcome = i, o
		for later, stop := range r.running {
			if later > i {
				stop()
			}
		}
	case !o.Failed():
		r.seeds++
		r.events += o.Events
		r.simulated += o.Now
		for name, ok := range o.Report.Sometimes {
			r.sometimes[name] = r.sometimes[name] || ok
		}
	}
}

// checkSometimes fails the test for points that no seed has reached with true.
func (r *runner) checkSometimes() {
	r.t.Helper()
	for name, ok := range r.sometimes {
		if !ok {
			r.t.Errorf("with none of %d seeds was it the case that %s", r.seeds, name)
		}
	}
}
