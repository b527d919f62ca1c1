package fdcall

import (
	"sync"

	"github.com/awaitio/awaitio/internal/ablate"
)

// A FreeList keeps records that only the loop makes. A goroutine that finds it empty waits until the
// loop has made more, or another goroutine returns a record.
type FreeList[T any] struct {
	mu      sync.Mutex
	free    []T
	waiting int    // goroutines that wait, without those whose record is in fresh
	fresh   chan T // records for goroutines that wait
	short   bool   // a goroutine has found no record since the last refill
	batch   int    // how many records the next refill makes
	make    func() T
	off     bool // keep no records: ablate.FreeList
}

// How many records are made at a time.
const (
	freeListBatchMin = 16
	freeListBatchMax = 1024
)

func (s *FreeList[T]) init(makeOne func() T) {
	s.make = makeOne
	s.off = ablate.Off().Has(ablate.FreeList)
	s.batch = freeListBatchMin
	s.fresh = make(chan T, freeListBatchMin)
}

// Take returns a record, or false if all free records are for goroutines that wait already. After false
// ask the loop for a refill, and call wait or stopWaiting.
func (s *FreeList[T]) Take() (record T, ok bool) {
	if s.off {
		return s.make(), true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > s.waiting {
		record = s.free[n-1]
		var none T
		s.free[n-1] = none
		s.free = s.free[:n-1]
		return record, true
	}
	s.waiting++
	s.short = true
	return record, false
}

// wait waits for a record after a Take that found none. It returns false if done or ended is closed
// first.
func (s *FreeList[T]) wait(done, ended <-chan struct{}) (record T, ok bool) {
	select {
	case record = <-s.fresh:
		s.handOut()
		return record, true
	case <-done:
	case <-ended:
	}
	s.stopWaiting()
	return record, false
}

// stopWaiting ends the wait of a Take that found none. As many goroutines wait as there are records in
// fresh plus waiting: if waiting is 0, a record in fresh is for this one.
func (s *FreeList[T]) stopWaiting() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting > 0 {
		s.waiting--
		return
	}
	s.free = append(s.free, <-s.fresh)
}

// Put returns a record to the list.
func (s *FreeList[T]) Put(record T) {
	if s.off {
		return
	}
	s.mu.Lock()
	s.free = append(s.free, record)
	waiting := s.waiting > 0
	s.mu.Unlock()
	if waiting {
		s.handOut()
	}
}

// refill makes records if they ran out, more each time.
func (s *FreeList[T]) refill() {
	s.mu.Lock()
	if s.short {
		for range max(s.batch, s.waiting) {
			s.free = append(s.free, s.make())
		}
		s.batch = min(2*s.batch, freeListBatchMax)
		s.short = false
	}
	s.mu.Unlock()
	s.handOut()
}

// handOut hands records to the goroutines that wait. There may be more of them than fresh
// has room for: each goroutine hands out more when it has taken its own record.
func (s *FreeList[T]) handOut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.waiting > 0 && len(s.free) > 0 {
		last := len(s.free) - 1
		select {
		case s.fresh <- s.free[last]:
			s.free = s.free[:last]
			s.waiting--
		default:
			return
		}
	}
}
