//go:build unix

package fdcall

import (
	"context"
	"errors"
	"testing"

	"github.com/awaitio/awaitio/proactor"
)

// A caller that is to lead the next sync, and whose context has ended, has another lead.
func TestLeadIsPassedOn(t *testing.T) {
	s := open(t, proactor.Config{Loops: 1})
	var g SyncGroup
	join := func() *Waiter {
		w, err := s.First().Waiter(background, Route{})
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
	g.Cover(0)
	w, other := join(), join()
	g.End(true, nil) // covers none: the first of them is to lead
	if !w.Delivered() || other.Delivered() {
		t.Error("not the first is to lead")
	}
	ctx, cancel := context.WithCancelCause(background)
	cause := errors.New("changed my mind")
	cancel(cause)
	for {
		lead, err := g.Wait(ctx, w, nil, nil)
		if !lead {
			wantIs(t, err, cause)
			break
		}
		w.Tell(proactor.Result{Err: ErrLead}) // both have happened, and this was seen first
	}
	if lead, err := g.Wait(background, other, nil, nil); !lead || err != ErrLead {
		t.Errorf("the other: %v, %v; want it to lead", lead, err)
	}
}
