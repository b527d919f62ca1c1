//go:build unix

package fdcall

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// quotaRig is a quota of 10 bytes, and a descriptor whose calls want some.
func quotaRig(t *testing.T) (q *quota, d *Descriptor) {
	t.Helper()
	d, _ = pair(t, open(t, proactor.Config{Loops: 1}))
	return &quota{max: 10}, d
}

func wantLevels(t *testing.T, q *quota, used int64, waiting int32) {
	t.Helper()
	if u, w := q.used.Load(), q.waiting.Load(); u != used || w != waiting {
		t.Errorf("%d bytes are used and %d calls wait, want %d and %d", u, w, used, waiting)
	}
}

// Bytes are given in the order of the demands: a small one does not pass a large one.
func TestQuotaKeepsTheOrder(t *testing.T) {
	q := &quota{max: 10}
	if !q.tryAcquire(10) || q.tryAcquire(1) {
		t.Fatal("it does not give what there is")
	}
	large, small := q.enter(8), q.enter(1)
	q.give(4)
	if isClosed(large.met) || isClosed(small.met) || q.tryAcquire(1) {
		t.Error("a demand passes another")
	}
	q.give(4)
	if !isClosed(large.met) || isClosed(small.met) {
		t.Error("the first demand is not met first")
	}
	wantLevels(t, q, 10, 1)
	q.give(2)
	if !isClosed(small.met) {
		t.Error("the second demand is not met")
	}
	wantLevels(t, q, 9, 0)
}

// A demand that is withdrawn makes room for those behind it, and one that is met is not withdrawn.
func TestQuotaDemandIsWithdrawn(t *testing.T) {
	q := &quota{max: 10}
	q.tryAcquire(8)
	large, small := q.enter(8), q.enter(2)
	if !q.withdraw(large) || !isClosed(small.met) || q.withdraw(small) {
		t.Error("the line does not move on")
	}
	wantLevels(t, q, 10, 0)
}

// What ends a call ends its wait: its context, the close of its descriptor, the end of the IO.
func TestQuotaWaitEnds(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(cancel context.CancelFunc, d *Descriptor, ending chan struct{}) error
		want error
	}{
		"context": {func(cancel context.CancelFunc, _ *Descriptor, _ chan struct{}) error { cancel(); return nil }, context.Canceled},
		"close":   {func(_ context.CancelFunc, d *Descriptor, _ chan struct{}) error { return d.Close() }, ErrDescriptorClosed},
		"end":     {func(_ context.CancelFunc, _ *Descriptor, ending chan struct{}) error { close(ending); return nil }, net.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			q, d := quotaRig(t)
			q.tryAcquire(10)
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			ending, ended := make(chan struct{}), make(chan error, 1)
			go func() { ended <- q.acquire(&QueuedCall{Ctx: ctx, On: [2]*Descriptor{d}}, 5, ending) }()
			testutil.Eventually(t, patience, func() bool { return q.waiting.Load() == 1 }, "the call waits")
			must(t, test.end(cancel, d, ending))
			if err := testutil.Receive(t, ended, "the end of the wait"); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
			wantLevels(t, q, 10, 0)
		})
	}
}

// Of many that take and give no two have the same bytes, and nothing is lost.
func TestQuotaOfMany(t *testing.T) {
	q, d := quotaRig(t)
	const callers, times = 8, 300
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range times {
				n := 1 + rand.Int64N(10)
				if err := q.acquire(&QueuedCall{Ctx: background, On: [2]*Descriptor{d}}, n, nil); err != nil {
					t.Error(err)
					return
				}
				if used := q.used.Load(); used < n || used > q.max {
					t.Errorf("%d bytes are used", used)
				}
				q.give(n)
			}
		})
	}
	all.Wait()
	wantLevels(t, q, 0, 0)
}
