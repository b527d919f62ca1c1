package await

import (
	"sync"
	"sync/atomic"
	"testing"
)

// counted is a stock of numbers.
func counted() (*stock[int], *atomic.Int64) {
	s, made := new(stock[int]), new(atomic.Int64)
	s.init(func() int { return int(made.Add(1)) })
	return s, made
}

func TestStockMakesNothingByItself(t *testing.T) {
	s, made := counted()
	if n, ok := s.take(); ok {
		t.Errorf("an empty stock gave %d", n)
	}
	if n := made.Load(); n != 0 {
		t.Errorf("%d were made without a refill", n)
	}
}

func TestRefillServesTheOneThatWaits(t *testing.T) {
	s, made := counted()
	s.take()
	s.refill()
	if n, ok := s.receive(nil, nil); !ok || n == 0 {
		t.Errorf("receive: got %d, %v", n, ok)
	}
	if n := made.Load(); n != stockBatchMin {
		t.Errorf("%d were made, want %d", n, stockBatchMin)
	}
	s.refill() // nothing ran out
	if n := made.Load(); n != stockBatchMin {
		t.Errorf("%d were made, want %d", n, stockBatchMin)
	}
	if _, ok := s.take(); !ok {
		t.Error("the stock is empty after a refill")
	}
}

func TestStockGivesBackWhatWasPut(t *testing.T) {
	s, _ := counted()
	s.put(42)
	if n, ok := s.take(); !ok || n != 42 {
		t.Errorf("take: got %d, %v, want 42", n, ok)
	}
	s.take()
	s.put(43)
	if n, ok := s.receive(nil, nil); !ok || n != 43 {
		t.Errorf("receive: got %d, %v, want what was put while somebody waited", n, ok)
	}
	if s.wanted != 0 {
		t.Errorf("%d are wanted, and nobody waits", s.wanted)
	}
}

func TestBatchesGrowToALimit(t *testing.T) {
	s, made := counted()
	want, batch := 0, stockBatchMin
	for range 10 {
		for range batch {
			s.take()
		}
		s.wanted = 0
		s.free = nil
		s.dry = true
		s.refill()
		want += batch
		batch = min(2*batch, stockBatchMax)
		if n := int(made.Load()); n != want {
			t.Fatalf("%d were made, want %d", n, want)
		}
	}
}

func TestReceiveEndsWithDone(t *testing.T) {
	s, _ := counted()
	s.take()
	done := make(chan struct{})
	close(done)
	if n, ok := s.receive(done, nil); ok {
		t.Errorf("receive: got %d from an empty stock", n)
	}
	s.take()
	if n, ok := s.receive(nil, done); ok {
		t.Errorf("receive: got %d from an empty stock", n)
	}
	if s.wanted != 0 {
		t.Errorf("%d are wanted, and nobody waits", s.wanted)
	}
}

// Whoever leaves when a record is on its way leaves it in the stock.
func TestLeaveLosesNoRecord(t *testing.T) {
	s, _ := counted()
	s.take()
	s.take()
	s.put(42)
	s.leave()
	if n, ok := s.receive(nil, nil); !ok || n != 42 {
		t.Errorf("receive: got %d, %v, want 42", n, ok)
	}
	s.take()
	s.put(43)
	s.leave()
	if n, ok := s.take(); !ok || n != 43 {
		t.Errorf("take: got %d, %v, want what was on its way to one who left", n, ok)
	}
	if s.wanted != 0 || len(s.fresh) != 0 {
		t.Errorf("%d are wanted and %d on their way, and nobody waits", s.wanted, len(s.fresh))
	}
}

// More wait than the channel holds: each that is served passes the rest on.
func TestRefillServesMoreThanTheChannelHolds(t *testing.T) {
	s, _ := counted()
	const waiting = 10 * stockBatchMin
	for range waiting {
		s.take()
	}
	s.refill()
	seen := map[int]bool{}
	for range waiting {
		n, ok := s.receive(nil, nil)
		if !ok || seen[n] {
			t.Fatalf("receive: got %d, %v, seen before: %v", n, ok, seen[n])
		}
		seen[n] = true
	}
	if s.wanted != 0 || len(s.fresh) != 0 {
		t.Errorf("%d are wanted and %d on their way, and nobody waits", s.wanted, len(s.fresh))
	}
}

// What a refill made for those who wait is not for those who come later: nobody
// would ask for more.
func TestLatecomerTakesNothingFromThoseWhoWait(t *testing.T) {
	s, _ := counted()
	const waiting = 3 * stockBatchMin
	for range waiting {
		s.take()
	}
	s.refill()
	late := 0
	for range waiting {
		if _, ok := s.take(); !ok {
			late++
		}
	}
	for i := range waiting {
		if len(s.fresh) == 0 {
			t.Fatalf("%d of the %d that waited got a record, and nothing is on its way to the others", i, waiting)
		}
		s.receive(nil, nil)
	}
	s.refill()
	for i := range late {
		if len(s.fresh) == 0 {
			t.Fatalf("%d of the %d that came later got a record, and nothing is on its way to the others", i, late)
		}
		s.receive(nil, nil)
	}
}

// Every record is in one place at a time, and nobody waits for ever.
func TestStockUnderConcurrency(t *testing.T) {
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
				n, ok := s.take()
				if !ok {
					select {
					case shortage <- struct{}{}:
					default:
					}
					if i%7 == 0 {
						s.leave()
						continue
					}
					n, _ = s.receive(nil, nil)
				}
				if _, twice := held.LoadOrStore(n, true); twice {
					t.Errorf("record %d is in two places", n)
				}
				held.Delete(n)
				s.put(n)
			}
		})
	}
	takers.Wait()
	close(stop)
	loop.Wait()
	if s.wanted != 0 {
		t.Errorf("%d are wanted, and nobody waits", s.wanted)
	}
	if have := len(s.free) + len(s.fresh); have != int(made.Load()) {
		t.Errorf("%d were made, and %d are there", made.Load(), have)
	}
}
