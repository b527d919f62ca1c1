package fdcall

import (
	"sync"
	"sync/atomic"
	"testing"
)

// counted is a list of numbers.
func counted() (*FreeList[int], *atomic.Int64) {
	s, made := new(FreeList[int]), new(atomic.Int64)
	s.init(func() int { return int(made.Add(1)) })
	return s, made
}

func TestFreeListMakesNothingByItself(t *testing.T) {
	s, made := counted()
	if n, ok := s.Take(); ok {
		t.Errorf("an empty list gave %d", n)
	}
	if n := made.Load(); n != 0 {
		t.Errorf("%d were made without a refill", n)
	}
}

func TestRefillServesTheOneThatWaits(t *testing.T) {
	s, made := counted()
	s.Take()
	s.refill()
	if n, ok := s.wait(nil, nil); !ok || n == 0 {
		t.Errorf("receive: got %d, %v", n, ok)
	}
	if n := made.Load(); n != freeListBatchMin {
		t.Errorf("%d were made, want %d", n, freeListBatchMin)
	}
	s.refill() // nothing ran out
	if n := made.Load(); n != freeListBatchMin {
		t.Errorf("%d were made, want %d", n, freeListBatchMin)
	}
	if _, ok := s.Take(); !ok {
		t.Error("the list is empty after a refill")
	}
}

func TestFreeListGivesBackWhatWasPut(t *testing.T) {
	s, _ := counted()
	s.Put(42)
	if n, ok := s.Take(); !ok || n != 42 {
		t.Errorf("take: got %d, %v, want 42", n, ok)
	}
	s.Take()
	s.Put(43)
	if n, ok := s.wait(nil, nil); !ok || n != 43 {
		t.Errorf("receive: got %d, %v, want what was put while somebody waited", n, ok)
	}
	if s.waiting != 0 {
		t.Errorf("%d are wanted, and nobody waits", s.waiting)
	}
}

func TestBatchesGrowToALimit(t *testing.T) {
	s, made := counted()
	want, batch := 0, freeListBatchMin
	for range 10 {
		for range batch {
			s.Take()
		}
		s.waiting = 0
		s.free = nil
		s.short = true
		s.refill()
		want += batch
		batch = min(2*batch, freeListBatchMax)
		if n := int(made.Load()); n != want {
			t.Fatalf("%d were made, want %d", n, want)
		}
	}
}

func TestReceiveEndsWithDone(t *testing.T) {
	s, _ := counted()
	s.Take()
	done := make(chan struct{})
	close(done)
	if n, ok := s.wait(done, nil); ok {
		t.Errorf("receive: got %d from an empty list", n)
	}
	s.Take()
	if n, ok := s.wait(nil, done); ok {
		t.Errorf("receive: got %d from an empty list", n)
	}
	if s.waiting != 0 {
		t.Errorf("%d are wanted, and nobody waits", s.waiting)
	}
}

// A waiter that leaves when a record is on its way leaves it in the list.
func TestLeaveLosesNoRecord(t *testing.T) {
	s, _ := counted()
	s.Take()
	s.Take()
	s.Put(42)
	s.stopWaiting()
	if n, ok := s.wait(nil, nil); !ok || n != 42 {
		t.Errorf("receive: got %d, %v, want 42", n, ok)
	}
	s.Take()
	s.Put(43)
	s.stopWaiting()
	if n, ok := s.Take(); !ok || n != 43 {
		t.Errorf("take: got %d, %v, want what was on its way to one who left", n, ok)
	}
	if s.waiting != 0 || len(s.fresh) != 0 {
		t.Errorf("%d are wanted and %d on their way, and nobody waits", s.waiting, len(s.fresh))
	}
}

// More wait than the channel holds: each that is served passes the rest on.
func TestRefillServesMoreThanTheChannelHolds(t *testing.T) {
	s, _ := counted()
	const waiting = 10 * freeListBatchMin
	for range waiting {
		s.Take()
	}
	s.refill()
	seen := map[int]bool{}
	for range waiting {
		n, ok := s.wait(nil, nil)
		if !ok || seen[n] {
			t.Fatalf("receive: got %d, %v, seen before: %v", n, ok, seen[n])
		}
		seen[n] = true
	}
	if s.waiting != 0 || len(s.fresh) != 0 {
		t.Errorf("%d are wanted and %d on their way, and nobody waits", s.waiting, len(s.fresh))
	}
}

// Records that a refill made for goroutines that wait are not for later ones: no goroutine
// would ask for more.
func TestLatecomerTakesNothingFromThoseWhoWait(t *testing.T) {
	s, _ := counted()
	const waiting = 3 * freeListBatchMin
	for range waiting {
		s.Take()
	}
	s.refill()
	late := 0
	for range waiting {
		if _, ok := s.Take(); !ok {
			late++
		}
	}
	for i := range waiting {
		if len(s.fresh) == 0 {
			t.Fatalf("%d of the %d that waited got a record, and nothing is on its way to the others", i, waiting)
		}
		s.wait(nil, nil)
	}
	s.refill()
	for i := range late {
		if len(s.fresh) == 0 {
			t.Fatalf("%d of the %d that came later got a record, and nothing is on its way to the others", i, late)
		}
		s.wait(nil, nil)
	}
}

// Every record is in one place at a time, and nobody waits for ever.
func TestFreeListUnderConcurrency(t *testing.T) {
	s, made := counted()
	shortage := make(chan struct{}, 1)
	stop := make(chan struct{})
	var loop, takers sync.WaitGroup
	loop.Go(func() {
		for {
			select {
			case <-shortage:
				s.refill()
			case <-stop:
				return
			}
		}
	})
	const goroutines, each = 100, 300
	var held sync.Map
	for range goroutines {
		takers.Go(func() {
			for i := range each {
				n, ok := s.Take()
				if !ok {
					select {
					case shortage <- struct{}{}:
					default:
					}
					if i%7 == 0 {
						s.stopWaiting()
						continue
					}
					n, _ = s.wait(nil, nil)
				}
				if _, twice := held.LoadOrStore(n, true); twice {
					t.Errorf("record %d is in two places", n)
				}
				held.Delete(n)
				s.Put(n)
			}
		})
	}
	takers.Wait()
	close(stop)
	loop.Wait()
	if s.waiting != 0 {
		t.Errorf("%d are wanted, and nobody waits", s.waiting)
	}
	if have := len(s.free) + len(s.fresh); have != int(made.Load()) {
		t.Errorf("%d were made, and %d are there", made.Load(), have)
	}
}
