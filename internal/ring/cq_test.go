//go:build linux

package ring

import "testing"

// TestNopsWrapAround goes round both queues many times, with batches of every
// size and a destination that fits no power of two.
func TestNopsWrapAround(t *testing.T) {
	r := openRing(t, Config{Entries: 8, CompletionEntries: 16})
	var sent, seen uint64
	dst := make([]CQE, 5)
	for round := range 4000 {
		for range round%8 + 1 {
			s := nextSlot(t, r)
			s.PrepNop()
			s.UserData = sent
			sent++
		}
		if _, err := r.Submit(); err != nil {
			t.Fatal(err)
		}
		for r.Ready() {
			n := r.Reap(dst)
			for _, c := range dst[:n] {
				if c.UserData != seen || c.Res != 0 {
					t.Fatalf("got %+v, want user data %d", c, seen)
				}
				seen++
			}
		}
		if seen != sent {
			t.Fatalf("round %d: %d sent, %d seen", round, sent, seen)
		}
	}
}

func TestReapNothing(t *testing.T) {
	r := openRing(t, Config{})
	if r.Ready() {
		t.Error("a new ring is Ready")
	}
	if n := r.Reap(make([]CQE, 4)); n != 0 {
		t.Errorf("reaped %d from a new ring", n)
	}
	nextSlot(t, r).PrepNop()
	if _, err := r.Submit(); err != nil {
		t.Fatal(err)
	}
	if n := r.Reap(nil); n != 0 || !r.Ready() {
		t.Errorf("reaped %d into nothing, ready %v", n, r.Ready())
	}
	wantRes(t, "nop", waitRes(t, r), 0)
}

func TestReapCopiesOut(t *testing.T) {
	r := openRing(t, Config{Entries: 2, CompletionEntries: 2})
	var kept []CQE
	for i := range uint64(8) {
		s := nextSlot(t, r)
		s.PrepNop()
		s.UserData = i
		for _, c := range waitResults(t, r, 1) {
			kept = append(kept, c)
		}
	}
	for i, c := range kept {
		if c.UserData != uint64(i) {
			t.Errorf("result %d changed after the queue went round: %+v", i, c)
		}
	}
}

// TestOverflowIsDelivered fills a completion queue of 2 with 64 results.
func TestOverflowIsDelivered(t *testing.T) {
	r := openRing(t, Config{Entries: 2, CompletionEntries: 2})
	if r.CQEntries() != 2 {
		t.Fatalf("CQ of %d, want 2", r.CQEntries())
	}
	if r.Features()&IORING_FEAT_NODROP == 0 {
		t.Skip("this kernel drops what overflows (before 5.5)")
	}
	for i := range uint64(64) {
		s := nextSlot(t, r)
		s.PrepNop()
		s.UserData = i
		if n, err := r.Submit(); n != 1 || err != nil {
			t.Fatalf("submit: %d, %v", n, err)
		}
	}
	seen := make(map[uint64]bool)
	dst := make([]CQE, 64)
	for r.Ready() {
		for _, c := range dst[:r.Reap(dst)] {
			if seen[c.UserData] {
				t.Fatalf("%d twice", c.UserData)
			}
			seen[c.UserData] = true
		}
	}
	if len(seen) != 64 {
		t.Errorf("%d of 64 results", len(seen))
	}
	if r.Overflows() == 0 {
		t.Error("no overflow was counted")
	}
	if err := r.unusable(); err != nil {
		t.Errorf("Reap met %v", err)
	}
}
