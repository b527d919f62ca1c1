package floor

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/awaitio/awaitio/bench/internal/uring"
)

// Nops returns what makes one operation that does nothing, for each of n goroutines, which share GOMAXPROCS=1
// with the loop as in Goroutines. It waits for the result on a channel.
func Nops(n int) (do func(i int) error, err error) {
	r, err := uring.NewShared(entries)
	if err != nil {
		return nil, err
	}
	s := &nops{ring: r, done: make([]chan int32, n), wake: make(chan struct{}, 1)}
	for i := range s.done {
		s.done[i] = make(chan int32, 1)
	}
	go func() { panic(fmt.Sprint("the floor's loop ended: ", s.run())) }() // its callers would wait for ever
	return s.do, nil
}

type nops struct {
	mu     sync.Mutex // the runtime may take the processor from a goroutine in the midst of a Push
	ring   *uring.Ring
	queued int

	done []chan int32
	wake chan struct{} // has room for one: something is queued
}

func (s *nops) run() error {
	for range s.wake {
		runtime.Gosched() // the others queue theirs
		s.mu.Lock()
		err := s.ring.Enter(1, 0)
		s.queued = 0
		s.mu.Unlock()
		if err == nil {
			err = s.ring.Drain(func(r uring.CQE) error {
				s.done[r.UserData] <- r.Res
				return nil
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *nops) do(i int) error {
	s.mu.Lock()
	err := s.ring.Push(uring.SQE{Op: uring.OpNop, UserData: uint64(i)})
	s.queued++
	first := s.queued == 1
	s.mu.Unlock()
	if err != nil {
		return err
	}
	if first {
		s.wake <- struct{}{}
	}
	if res := <-s.done[i]; res < 0 {
		return fmt.Errorf("a NOP ended with %d", res)
	}
	return nil
}
