package testutil

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// A resource is something goleak cannot see but a test can leak.
type resource struct {
	name string

	// list names every one alive now, each by a string of its own.
	list func() ([]string, error)

	// excess picks those of now that count as leaked, given those of before.
	excess func(before, now []string) []string

	// grace is how long the kernel may take to let go.
	grace time.Duration
}

// resources are what CheckLeaks looks at besides goroutines. A ring is torn
// down asynchronously; an idle worker lingers for five seconds unless its
// ring is gone.
var resources = []resource{
	{"descriptors", openFiles, added, leakGrace},
	{"io_uring mappings", ringMappings, surplus, leakGrace},
	{"io_uring kernel workers", ringWorkers, surplus, leakGrace},
}

// leakGrace is how long what a test leaves may take to end. Only a test that fails takes so long.
const leakGrace = 30 * time.Second

// CheckLeaks fails t if, when t ends, more is alive than at this call:
// goroutines and, on Linux, open descriptors, io_uring mappings and io_uring
// kernel workers. It waits for what is on its way out.
//
// Call it first: cleanups run last in, first out, so that its check comes after
// every cleanup the test registers later. It looks at the whole process, so
// neither t nor anything running beside it may be parallel.
func CheckLeaks(t testing.TB) {
	t.Helper()
	checkLeaks(t, leakGrace, resources)
}

func checkLeaks(t testing.TB, grace time.Duration, resources []resource) {
	t.Helper()
	if err := startPoller(); err != nil {
		t.Fatalf("start the network poller: %v", err)
	}
	goroutines := goleak.IgnoreCurrent()
	before := make([][]string, len(resources))
	for i, r := range resources {
		items, err := r.list()
		if err != nil {
			t.Fatalf("list %s: %v", r.name, err)
		}
		before[i] = items
	}
	t.Cleanup(func() {
		t.Helper()
		if err := leakedGoroutines(grace, goroutines); err != nil {
			t.Errorf("leaked goroutines: %v", err)
		}
		for i, r := range resources {
			leaked, err := r.leaked(before[i])
			if err != nil {
				t.Errorf("list %s: %v", r.name, err)
			}
			if len(leaked) > 0 {
				t.Errorf("leaked %d %s:\n\t%s", len(leaked), r.name, strings.Join(leaked, "\n\t"))
			}
		}
	})
}

// leakedGoroutines reports the goroutines that outlive grace. One Find is
// already patient, for half a second.
func leakedGoroutines(grace time.Duration, ignored ...goleak.Option) error {
	deadline := time.Now().Add(grace)
	for {
		err := goleak.Find(ignored...)
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// leaked lists what came after before and outlives the grace period.
func (r resource) leaked(before []string) ([]string, error) {
	deadline := time.Now().Add(r.grace)
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		now, err := r.list()
		if err != nil {
			return nil, fmt.Errorf("at the end: %w", err)
		}
		excess := r.excess(before, now)
		if len(excess) == 0 || time.Now().After(deadline) {
			return excess, nil
		}
		time.Sleep(pause)
	}
}

// added returns the items of now that before does not have. It is for things
// whose name says which one they are.
func added(before, now []string) []string {
	var fresh []string
	for _, item := range now {
		if !slices.Contains(before, item) {
			fresh = append(fresh, item)
		}
	}
	return fresh
}

// surplus is added for things that may be replaced by another of their kind: a
// ring of the test's surroundings may start a worker as one of its others ends.
func surplus(before, now []string) []string {
	if len(now) <= len(before) {
		return nil
	}
	return added(before, now)
}
