//go:build unix

package proactor_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

func TestStatsOfAKnownSequence(t *testing.T) {
	p := open(t, proactor.Config{})
	if s := p.Stats(); s != (proactor.Stats{}) {
		t.Errorf("a new proactor has %+v", s)
	}
	a, b := testutil.SocketPair(t)
	ops := make([]op, 5)
	for i := range ops { // a batch of five
		if err := p.Nop(&ops[i].c, ops[i].done); err != nil {
			t.Fatal(err)
		}
	}
	wait(t, p, &ops[4])
	mustWrite(t, b, []byte("x"))
	wantN(t, do(t, p, func(o *op) error { return p.Recv(&o.c, a, make([]byte, 1), 0, o.done) }), 1)
	timedOut := do(t, p, func(o *op) error { return p.RecvWithTimeout(&o.c, a, make([]byte, 1), 0, 0, o.done) })
	if timedOut.Err == nil {
		t.Fatal("received from nobody")
	}
	recv := start(t, func(o *op) error { return p.Recv(&o.c, a, make([]byte, 1), 0, o.done) })
	tickUnfinished(t, p, recv)
	if s := p.Stats(); s.InFlight != 1 || s.Queued != 0 || s.Submitted != 8 || s.Completed != 7 {
		t.Errorf("with a receive in flight: %+v", s)
	}
	p.RequestCancel(&recv.c)
	wait(t, p, recv)
	wantN(t, do(t, p, func(o *op) error { return p.NextTick(&o.c, o.done) }), 0)

	s := p.Stats()
	if s.InFlight != 0 || s.Queued != 0 {
		t.Errorf("something is under way: %+v", s)
	}
	if s.Submitted != 9 || s.Completed != 9 {
		t.Errorf("%d submitted, %d completed, want 9 each", s.Submitted, s.Completed)
	}
	if s.Canceled != 1 || s.TimedOut != 1 || s.Abandoned != 0 {
		t.Errorf("%d canceled, %d timed out, %d abandoned, want 1, 1 and none", s.Canceled, s.TimedOut, s.Abandoned)
	}
	if s.SystemCalls < 4 {
		t.Errorf("%d system calls for 4 batches", s.SystemCalls)
	}
	if s.BatchSizes[0] != 3 || s.BatchSizes[2] != 1 {
		t.Errorf("batches by size: %v, want three of 1 and one of 4 to 7", s.BatchSizes)
	}
}

func TestStatsTellTheQueue(t *testing.T) {
	p := open(t, proactor.Config{MaxInFlight: 2})
	a, _ := testutil.SocketPair(t)
	ops := make([]op, 5)
	for i := range ops {
		if err := p.Recv(&ops[i].c, a, make([]byte, 1), 0, ops[i].done); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Tick(); err != nil {
		t.Fatal(err)
	}
	if s := p.Stats(); s.InFlight != 2 || s.Queued != 3 {
		t.Errorf("%d in flight, %d queued, want 2 and 3", s.InFlight, s.Queued)
	}
}

// Whether the accept was faster or the request to stop it, it is counted once,
// and no descriptor is left.
func TestStatsCountWhatWasAbandoned(t *testing.T) {
	p := open(t, proactor.Config{})
	listener, addr := testutil.Listener(t)
	o := start(t, func(o *op) error { return p.Accept(&o.c, listener, 0, o.done) })
	tickUnfinished(t, p, o)
	conn, err := net.DialTCP("tcp", nil, addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	hook.Abandon(p, &o.c)
	wantIs(t, wait(t, p, o).Err, proactor.ErrCanceled)
	driveUntil(t, p, "an empty proactor", func() bool { s := p.Stats(); return s.InFlight == 0 && s.Queued == 0 })
	if s := p.Stats(); s.Canceled != 1 || s.Abandoned > 1 || s.Completed != 1+s.Abandoned {
		t.Errorf("%+v", s)
	}
}

func TestStatsOfWakeUps(t *testing.T) {
	p := open(t, proactor.Config{})
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { ended <- p.Run(ctx) }()
	var c proactor.Completion
	ticked := make(chan struct{}, 1)
	// The loop parks in between, earlier or later.
	testutil.Eventually(t, patience, func() bool {
		if err := p.NextTick(&c, func(*proactor.Completion, proactor.Result) { ticked <- struct{}{} }); err != nil {
			t.Error(err)
			return true
		}
		<-ticked
		return p.Stats().WakeUps > 0
	}, "a submission wakes the loop")
	cancel()
	testutil.Receive(t, ended, "end of Run")
}

// None is lost when more results come than the completion queue has room for.
func TestNoResultIsLostByOverflow(t *testing.T) {
	const count = 1000
	p := open(t, proactor.Config{Entries: 1, CompletionEntries: 1})
	a, b := testutil.SocketPair(t)
	ops := make([]op, count)
	left := count
	for i := range ops {
		if err := p.Recv(&ops[i].c, a, make([]byte, 1), 0, func(_ *proactor.Completion, r proactor.Result) {
			wantN(t, r, 0)
			left--
		}); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		if err := p.RunFor(time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	testutil.Close(t, b) // ends them all at once
	driveUntil(t, p, "all results", func() bool { return left == 0 })
	if s := p.Stats(); s.Completed != count || s.InFlight != 0 {
		t.Errorf("%+v", s)
	}
}

// TestStatsOfABusyLoop looks from within a callback, as a goroutine it wakes would: a
// loop that never parks tells its counts all the same.
func TestStatsOfABusyLoop(t *testing.T) {
	p := open(t, proactor.Config{})
	seen := 0
	var c proactor.Completion
	var again proactor.Callback
	again = func(c *proactor.Completion, _ proactor.Result) {
		seen++
		if got := p.Stats().Completed; got != uint64(seen) {
			t.Errorf("in the callback of operation %d: %d completed", seen, got)
		}
		if seen < 5 {
			if err := p.Nop(c, again); err != nil {
				t.Error(err)
			}
		}
	}
	if err := p.Nop(&c, again); err != nil {
		t.Fatal(err)
	}
	driveUntil(t, p, "five operations", func() bool { return seen == 5 })
}
