package floor

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/bench/internal/uring"
)

// Goroutines starts a server that does what Echo's does, with a goroutine for each connection, which
// waits for each result on a channel. Goroutines and loop share GOMAXPROCS=1, which the caller sets, so
// that all that is queued in a round of the goroutines is submitted by one system call. It runs until the
// process ends.
func Goroutines(listener *os.File, size int) error {
	r, err := uring.NewShared(entries)
	if err != nil {
		return err
	}
	s := &shared{ring: r, listener: listener, size: size}
	go func() {
		err := s.run()
		panic(fmt.Sprint("the floor's loop ended: ", err)) // its clients would wait for ever
	}()
	return nil
}

// shared is the loop and its goroutines. Place 0 of done is the listener's.
type shared struct {
	listener *os.File // kept, or the collector would close it
	size     int

	mu   sync.Mutex // the runtime may take the processor from a goroutine in the midst of a Push
	ring *uring.Ring

	// awake is how many goroutines have a result, or are new, and will queue or end. The loop waits in
	// the kernel when there are none: what they queue after that would wait for another's result.
	awake atomic.Int32

	done []chan int32
	free []int
}

func (s *shared) run() error {
	s.done = append(s.done, make(chan int32, 1))
	s.awake.Add(1)
	go s.accept()
	for {
		for s.awake.Load() > 0 {
			runtime.Gosched()
		}
		s.mu.Lock()
		err := s.ring.Enter(1, 0)
		s.mu.Unlock()
		if err == nil {
			err = s.ring.Drain(func(r uring.CQE) error {
				s.awake.Add(1)
				s.done[r.UserData] <- r.Res
				return nil
			})
		}
		if err != nil {
			return err
		}
	}
}

// do queues an operation and waits for its result.
func (s *shared) do(e uring.SQE) int32 {
	done := s.done[e.UserData]
	s.mu.Lock()
	err := s.ring.Push(e)
	s.mu.Unlock()
	if err != nil {
		panic(err)
	}
	s.awake.Add(-1)
	return <-done
}

func (s *shared) accept() {
	for {
		fd := s.do(accepting(s.listener, 0))
		if fd < 0 {
			continue
		}
		if err := setNoDelay(fd); err != nil {
			panic(err)
		}
		if len(s.free) == 0 {
			s.free = append(s.free, len(s.done))
			s.done = append(s.done, make(chan int32, 1))
		}
		i := s.free[len(s.free)-1]
		s.free = s.free[:len(s.free)-1]
		s.awake.Add(1)
		go s.serve(fd, i)
	}
}

func (s *shared) serve(fd int32, i int) {
	buf := make([]byte, s.size)
	for {
		n := s.do(receiving(fd, buf, uint64(i)))
		if n <= 0 || s.do(sending(fd, buf[:n], uint64(i))) < 0 {
			break
		}
	}
	runtime.KeepAlive(buf)
	unix.Close(int(fd))
	s.free = append(s.free, i)
	s.awake.Add(-1)
}
