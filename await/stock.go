package await

import "sync"

// A stock keeps records that only the loop makes. Whoever finds it empty waits
// until the loop has made more or one comes back.
type stock[T any] struct {
	mu     sync.Mutex
	free   []T
	wanted int    // goroutines that wait
	fresh  chan T // where they get one
	dry    bool   // somebody had to wait, or soon will
	batch  int    // how many to make next time
	make   func() T
}

const (
	stockBatchMin = 16
	stockBatchMax = 1024
)

func (s *stock[T]) init(makeOne func() T) {
	s.make = makeOne
	s.batch = stockBatchMin
	s.fresh = make(chan T, stockBatchMin)
}

// take returns a record, or false if none is free that nobody waits for: then ask
// the loop, and wait for it with receive, or leave.
func (s *stock[T]) take() (record T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > s.wanted {
		record = s.free[n-1]
		var none T
		s.free[n-1] = none
		s.free = s.free[:n-1]
		return record, true
	}
	s.wanted++
	s.dry = true
	return record, false
}

// receive waits for a record after a take that found none; false if done or ended
// closes first.
func (s *stock[T]) receive(done, ended <-chan struct{}) (record T, ok bool) {
	select {
	case record = <-s.fresh:
		s.serve()
		return record, true
	case <-done:
	case <-ended:
	}
	s.leave()
	return record, false
}

// leave ends the wait of a take that found none. What is on its way to those who
// wait, and wanted, are together as many as wait.
func (s *stock[T]) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wanted > 0 {
		s.wanted--
		return
	}
	s.free = append(s.free, <-s.fresh)
}

// put gives a record back.
func (s *stock[T]) put(record T) {
	s.mu.Lock()
	s.free = append(s.free, record)
	wanted := s.wanted > 0
	s.mu.Unlock()
	if wanted {
		s.serve()
	}
}

// refill makes records if they ran out, more each time.
func (s *stock[T]) refill() {
	s.mu.Lock()
	if s.dry {
		for range max(s.batch, s.wanted) {
			s.free = append(s.free, s.make())
		}
		s.batch = min(2*s.batch, stockBatchMax)
		s.dry = false
	}
	s.mu.Unlock()
	s.serve()
}

// serve hands records to those who wait. The channel is smaller than their
// number may be; each of them serves on when it has taken its own.
func (s *stock[T]) serve() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.wanted > 0 && len(s.free) > 0 {
		last := len(s.free) - 1
		select {
		case s.fresh <- s.free[last]:
			s.free = s.free[:last]
			s.wanted--
		default:
			return
		}
	}
}
