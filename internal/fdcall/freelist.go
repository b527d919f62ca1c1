package fdcall

import (
	"sync"

	"github.com/awaitio/awaitio/internal/ablate"
)

// A FreeList keeps records that only the loop makes. A goroutine that finds it empty waits
// until the loop has made more or a record comes back.
type FreeList[T any] struct {
	mu      sync.Mutex
	free    []T
	waiting int    // goroutines that wait
	fresh   chan T // where they get one
	short   bool   // somebody had to wait, or soon will
	batch   int    // how many to make next time
	make    func() T
	off     bool // no record is kept: ablate.FreeList
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

// Take returns a record, or false if none is free that nobody waits for: then ask
// the loop, and wait for it with wait, or stopWaiting.
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

// wait waits for a record after a Take that found none; false if done or ended
// closes first.
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

// stopWaiting ends the wait of a Take that found none. The records in fresh and the count
// in waiting are together the goroutines that wait.
func (s *FreeList[T]) stopWaiting() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting > 0 {
		s.waiting--
		return
	}
	s.free = append(s.free, <-s.fresh)
}

// Put gives a record back.
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
