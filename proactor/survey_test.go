//go:build unix

package proactor

import (
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

func mustSubmit(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A list has each operation once, the oldest first, wherever they are: some with the kernel, more in
// line for it, and as many timeouts, while others come and go. One with a limit has the oldest.
func TestSurveyFindsEachOnce(t *testing.T) {
	const each = 700
	r := newRunning(t, Config{MaxInFlight: each})
	var all ledger
	fd, _ := testutil.SocketPair(t)
	polls, sleeps := make([]Completion, 2*each), make([]Completion, each)
	for i := range polls {
		mustSubmit(t, r.p.Poll(&polls[i], fd, unix.POLLIN, all.expect()))
		if i < each {
			mustSubmit(t, r.p.Timeout(&sleeps[i], time.Hour+time.Duration(i%7)*time.Second, all.expect()))
		}
	}
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for c := new(Completion); ; {
			w := newParked()
			if r.p.Timeout(c, time.Millisecond, w.done) == nil {
				<-w.result
			}
			select {
			case <-quit:
				return
			default:
			}
		}
	}()
	for _, limit := range []int{10, each, 10 * each} {
		ops := r.p.Operations(limit)
		if !slices.IsSortedFunc(ops, func(a, b Operation) int { return a.Since.Compare(b.Since) }) {
			t.Errorf("limit %d: not in the order of age", limit)
		}
		count := map[string]int{}
		for _, o := range ops {
			count[o.Op+" "+string(o.State)]++
		}
		if want := min(limit, 3*each); len(ops) < want || len(ops) > want+1 {
			t.Errorf("limit %d: %d operations", limit, len(ops))
		}
		if limit > each && (count["poll in flight"] != each || count["poll queued"] != each || count["timeout waiting"] < each || count["timeout waiting"] > each+1) {
			t.Errorf("limit %d: %v", limit, count)
		}
	}
	close(quit)
	<-ended
	for i := range sleeps {
		r.p.RequestCancel(&sleeps[i])
	}
	for i := range polls {
		r.p.RequestCancel(&polls[i])
	}
	all.settle(t)
}

// What a loop that ends leaves to the kernel is found until its callback runs, and nothing else that
// has ended is.
func TestSurveyFindsWhatIsLeft(t *testing.T) {
	var p Proactor
	const each = 2 * visitsMax
	all := make([]Completion, 2*each)
	for i := range all {
		c := &all[i]
		c.kind, c.facts = kindIO, isAbandoned
		if i%2 == 0 {
			c.result.Err = leftError{}
		}
		c.state.Store(completed)
		p.completed.PushBack(&c.node, c)
	}
	s := &survey{p: &p, limit: 10 * each, id: 1}
	for s.step() {
	}
	if len(s.records) != each {
		t.Errorf("%d were found, want %d", len(s.records), each)
	}
	for _, r := range s.records {
		if r.state != StateLeft {
			t.Errorf("one is %v", r.state)
		}
	}
}

// A loop that answers after LoopState has returned writes to nothing that its caller has: for the race detector.
func TestLoopStateThatIsAnsweredLate(t *testing.T) {
	r := newRunning(t, Config{})
	var all ledger
	testutil.Eventually(t, patient, func() bool {
		began := make(chan struct{})
		mustSubmit(t, r.p.NextTick(new(Completion), all.expect(func(*Completion, Result) {
			close(began)
			time.Sleep(2 * answerTime)
		})))
		<-began
		s := r.p.LoopState()
		all.settle(t)
		return s.Stalled
	}, "it is answered late")
	testutil.Eventually(t, patient, func() bool { return !r.p.LoopState().Stalled }, "it is answered in time")
}

// A loop that goes on in a callback is in the list, among what was found before.
func TestListOfAStalledLoop(t *testing.T) {
	r := newRunning(t, Config{})
	var all ledger
	sleep, next := new(Completion), new(Completion)
	mustSubmit(t, r.p.Timeout(sleep, time.Hour, all.expect()))
	testutil.Eventually(t, patient, func() bool { return len(r.p.Operations(0)) == 1 }, "a timeout is listed")
	stalls, goOn := make(chan struct{}), make(chan struct{})
	mustSubmit(t, r.p.NextTick(next, all.expect(func(*Completion, Result) { close(stalls); <-goOn })))
	<-stalls
	ops := r.p.Operations(0)
	if len(ops) != 1 || ops[0].State != StateStalled || ops[0].Target != PhaseCallbacks {
		t.Errorf("%+v", ops)
	}
	close(goOn)
	r.p.RequestCancel(sleep)
	all.settle(t)
}
