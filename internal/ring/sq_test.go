//go:build linux

package ring

import "testing"

// garbage has every field set, as a slot's last user may leave it.
func garbage() SQE {
	return SQE{
		Opcode: 0xff, Flags: 0xff, Ioprio: 0xffff, FD: -2, Off: ^uint64(0), Addr: ^uint64(0),
		Len: ^uint32(0), OpFlags: ^uint32(0), UserData: ^uint64(0), BufIndex: 0xffff,
		Personality: 0xffff, SpliceFD: -2, Addr3: ^uint64(0), Pad2: ^uint64(0),
	}
}

func TestNextZeroesStaleFields(t *testing.T) {
	r := openRing(t, Config{Entries: 4})
	for i := range r.sq.sqes {
		r.sq.sqes[i] = garbage()
	}
	for i := range 3 * r.SQEntries() {
		s := nextSlot(t, r)
		if *s != (SQE{}) {
			t.Fatalf("slot %d: %+v", i, *s)
		}
		s.PrepNop()
		wantRes(t, "nop", waitRes(t, r), 0)
		*s = garbage()
	}
}

func TestNextPairZeroesStaleFields(t *testing.T) {
	r := openRing(t, Config{Entries: 4})
	for i := range r.sq.sqes {
		r.sq.sqes[i] = garbage()
	}
	a, b := r.NextPair()
	if a == nil || b == nil || a == b || *a != (SQE{}) || *b != (SQE{}) {
		t.Fatalf("pair: %+v, %+v", a, b)
	}
}

func TestPairIsNeverHalfReserved(t *testing.T) {
	r := openRing(t, Config{Entries: 2})
	nextSlot(t, r).PrepNop()
	if a, b := r.NextPair(); a != nil || b != nil {
		t.Fatalf("one free slot: got %v, %v, want nil, nil", a, b)
	}
	if got := r.Pending(); got != 1 {
		t.Fatalf("pending %d after a refused pair, want 1", got)
	}
	nextSlot(t, r).PrepNop()
	if s := r.Next(); s != nil {
		t.Fatal("Next returned a slot of a full queue")
	}
	if n, err := r.Submit(); n != 2 || err != nil {
		t.Fatalf("submit: %d, %v", n, err)
	}
	if a, b := r.NextPair(); a == nil || b == nil {
		t.Fatal("no pair in an empty queue of 2")
	}
}

func TestPairAcrossTheEnd(t *testing.T) {
	r := openRing(t, Config{Entries: 4})
	for range 3 {
		nextSlot(t, r).PrepNop()
		wantRes(t, "nop", waitRes(t, r), 0)
	}
	a, b := r.NextPair() // the last slot and the first
	a.PrepNop()
	a.UserData, a.Flags = 1, IOSQE_IO_LINK
	b.PrepNop()
	b.UserData = 2
	got := waitResults(t, r, 2)
	wantRes(t, "first", got[1].Res, 0)
	wantRes(t, "second", got[2].Res, 0)
}

func TestPendingAndSubmitCounts(t *testing.T) {
	r := openRing(t, Config{Entries: 8})
	before := r.Enters()
	if n, err := r.Submit(); n != 0 || err != nil || r.Enters() != before {
		t.Fatalf("submit of nothing: %d, %v, %d calls", n, err, r.Enters()-before)
	}
	for i := range 5 {
		if r.Pending() != i {
			t.Fatalf("pending %d, want %d", r.Pending(), i)
		}
		nextSlot(t, r).PrepNop()
	}
	if n, err := r.Submit(); n != 5 || err != nil || r.Pending() != 0 || r.Enters() != before+1 {
		t.Fatalf("submit: %d, %v; pending %d; %d calls", n, err, r.Pending(), r.Enters()-before)
	}
	if !r.Ready() {
		t.Error("five results, and Ready is false")
	}
}

func TestSubmitHeavy(t *testing.T) {
	r := openRing(t, Config{})
	nextSlot(t, r).PrepNop()
	if n, err := r.SubmitHeavy(); n != 1 || err != nil {
		t.Fatalf("submit: %d, %v", n, err)
	}
	wantRes(t, "nop", waitRes(t, r), 0)
}

// TestSubmitAfterRefusedOperation wants the whole batch taken when an entry in
// its middle is refused: by SUBMIT_ALL, and by going round again without.
func TestSubmitAfterRefusedOperation(t *testing.T) {
	for _, without := range []uint32{0, IORING_SETUP_SUBMIT_ALL} {
		r := openRing(t, Config{Entries: 8, Without: without})
		for i := range uint64(6) {
			s := nextSlot(t, r)
			s.PrepNop()
			s.UserData = i
			if i == 2 {
				s.Opcode = 0xff
			}
		}
		if n, err := r.Submit(); n != 6 || err != nil {
			t.Fatalf("without %#x: submit: %d, %v", without, n, err)
		}
		got := waitResults(t, r, 6)
		for i := range uint64(6) {
			want := int32(0)
			if i == 2 {
				want = neg(22)
			}
			wantRes(t, "operation", got[i].Res, want)
		}
	}
}
