//go:build unix

package fdcall

import (
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/spin"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// A gatherRig is a group whose caller leads. The last sync took an hour, and was for it and others.
type gatherRig struct {
	*SyncGroup
	t *testing.T
	s *Loops
}

func newGatherRig(t *testing.T, others int) *gatherRig {
	r := &gatherRig{NewSyncGroup(nil, false), t, open(t, proactor.Config{Loops: 1})}
	r.led = true
	all := make([]*Waiter, others)
	for i := range all {
		all[i] = r.join()
	}
	r.cover(0)
	r.gathering.began = time.Now().Add(-time.Hour)
	r.end(nil)
	for _, w := range all {
		<-w.done
	}
	r.led = true
	return r
}

// join has a caller wait for the next sync.
func (r *gatherRig) join() *Waiter {
	r.t.Helper()
	w, err := r.s.First().Waiter(background)
	must(r.t, err)
	r.t.Cleanup(func() { w.Engine.Waiters.Put(w) })
	if lead, err := r.Join(w, 0); lead || err != nil {
		r.t.Fatalf("it leads: %v; %v", lead, err)
	}
	return w
}

// A leader waits for as many callers as the last sync was for.
func TestGatherWaitsForAll(t *testing.T) {
	testutil.Eventually(t, patience, func() bool { // a busy machine may have the leader wait for less
		r := newGatherRig(t, 2)
		if r.allJoined() {
			t.Fatal("nobody has joined")
		}
		var others sync.WaitGroup
		others.Go(func() { r.join(); r.join() })
		r.Gather()
		joined := r.allJoined() && r.gathering.waits == spin.Sure()
		others.Wait()
		return joined
	}, "the leader waits for both")
}

// A leader does not wait for callers that do not come, nor where it has not paid, for a sync that is short, or that
// is for many anyway.
func TestGatherThatDoesNotPay(t *testing.T) {
	r := newGatherRig(t, 2)
	for range spin.Max {
		r.Gather()
	}
	if r.gathering.waits.Score() > 0 {
		t.Errorf("%+v: it waits for those who do not come", r.gathering.waits)
	}
	for name, row := range map[string]struct {
		others int
		change func(x *gathering)
		want   time.Duration
	}{
		"as it is":       {2, func(*gathering) {}, gatherMost},
		"of many":        {gatherCallers, func(*gathering) {}, 0},
		"of a few less":  {gatherCallers - 1, func(*gathering) {}, gatherMost},
		"has not paid":   {2, func(x *gathering) { x.waits = spin.Estimate{} }, 0},
		"a short sync":   {2, func(x *gathering) { x.lasted = gatherShare * time.Microsecond }, time.Microsecond},
		"before a first": {2, func(x *gathering) { x.lasted = 0 }, 0},
	} {
		r := newGatherRig(t, row.others)
		row.change(&r.gathering)
		if got := r.gatherLimit(); got != row.want {
			t.Errorf("%s: it waits for %v, want %v", name, got, row.want)
		}
	}
}
