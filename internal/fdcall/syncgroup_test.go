//go:build unix

package fdcall

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// A caller that is to lead the next sync, and whose context has ended, has another lead.
func TestLeadIsPassedOn(t *testing.T) {
	s := open(t, proactor.Config{Loops: 1})
	var g SyncGroup
	join := func() *Waiter {
		w, err := s.First().Waiter(background)
		must(t, err)
		t.Cleanup(func() { w.Engine.Waiters.Put(w) })
		if lead, err := g.Join(w, 0); err != nil || lead {
			t.Fatalf("joining while another leads: %v, %v", lead, err)
		}
		return w
	}
	if lead, err := g.Join(nil, 0); err != nil || !lead {
		t.Fatalf("the first to join: %v, %v; want it to lead", lead, err)
	}
	g.cover(0)
	w, other := join(), join()
	g.end(nil) // covers none: the first of them is to lead
	if !w.Delivered() || other.Delivered() {
		t.Error("not the first is to lead")
	}
	ctx, cancel := context.WithCancelCause(background)
	cause := errors.New("changed my mind")
	cancel(cause)
	for {
		lead, err := g.Wait(ctx, w, nil)
		if !lead {
			wantIs(t, err, cause)
			break
		}
		w.Tell(proactor.Result{Err: errLead}) // both have happened, and this was seen first
	}
	if lead, err := g.Wait(background, other, nil); !lead || err != errLead {
		t.Errorf("the other: %v, %v; want it to lead", lead, err)
	}
}

// Callers that come, lead, give up and are closed at any moment leave nobody that leads or
// waits.
func TestSyncGroupEndsAtAnyMoment(t *testing.T) {
	s := open(t, proactor.Config{Loops: 1})
	for range 20 {
		var g SyncGroup
		var calls sync.WaitGroup
		for range 16 {
			calls.Go(func() { syncAtRandom(t, s, &g) })
		}
		time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
		g.Close()
		calls.Wait()
		if g.led || g.next.First != nil || g.covered.First != nil {
			t.Fatal("somebody still leads or waits")
		}
	}
}

// syncAtRandom makes syncs, each with a context that ends in a while, until g is closed.
func syncAtRandom(t *testing.T, s *Loops, g *SyncGroup) {
	w, err := s.First().Waiter(background)
	must(t, err)
	defer w.Engine.Waiters.Put(w)
	for {
		lead, err := g.Join(w, 0)
		if err == nil && !lead {
			ctx, cancel := context.WithTimeout(background, time.Duration(rand.IntN(300))*time.Microsecond)
			lead, err = g.Wait(ctx, w, nil)
			cancel()
		}
		switch {
		case lead:
			g.cover(0)
			time.Sleep(time.Duration(rand.IntN(100)) * time.Microsecond)
			g.end(nil)
		case errors.Is(err, ErrDescriptorClosed):
			return
		case err != nil:
			wantIs(t, err, context.DeadlineExceeded)
		}
	}
}
