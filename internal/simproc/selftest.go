package simproc

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// selfTestMax is how long the bubble below may take, which needs microseconds.
const selfTestMax = 2 * time.Second

// MutexesPass reports whether a bubble's clock moves while one of its goroutines waits for a
// mutex that another holds. Where it does not, a goroutine is left that hangs for good: only
// the end of the process ends it.
func MutexesPass(t *testing.T) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		synctest.Test(t, func(*testing.T) { holdAcrossTime() })
	}()
	select {
	case <-done:
		return true
	case <-time.After(selfTestMax):
		return false
	}
}

// holdAcrossTime has one goroutine hold two mutexes across simulated time, and three wait for them.
func holdAcrossTime() {
	var mu sync.Mutex
	var rw sync.RWMutex
	var all sync.WaitGroup
	mu.Lock()
	rw.Lock()
	for _, l := range []sync.Locker{&mu, &rw, rw.RLocker()} {
		all.Go(func() {
			l.Lock()
			defer l.Unlock()
		})
	}
	time.Sleep(time.Hour)
	mu.Unlock()
	rw.Unlock()
	all.Wait()
}
