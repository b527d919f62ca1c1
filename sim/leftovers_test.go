//go:build unix

package sim_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/sim"
)

// testsGoroutineStays leaves a goroutine of the test behind.
func testsGoroutineStays(t *testing.T) {
	sim.Run(t, sim.Config{Count: 1}, func(t *testing.T, w *sim.World) {
		w.Host("api", nil)
		go waitForNobody()
		time.Sleep(time.Second)
	})
}

func waitForNobody() { <-make(chan int) }

// A pair of locks is taken in both orders.
type locks struct{ first, second sync.Mutex }

func (l *locks) forth() {
	l.first.Lock()
	defer l.first.Unlock()
	time.Sleep(time.Second)
	l.second.Lock()
	defer l.second.Unlock()
}

func (l *locks) back() {
	l.second.Lock()
	defer l.second.Unlock()
	time.Sleep(time.Second)
	l.first.Lock()
	defer l.first.Unlock()
}

// locksInACycle has two goroutines of a host wait for each other.
func locksInACycle(t *testing.T) {
	sim.Run(t, sim.Config{Count: 1}, func(t *testing.T, w *sim.World) {
		w.Host("api", func(ctx context.Context, _ *await.IO) error {
			var l locks
			go l.forth()
			go l.back()
			<-ctx.Done()
			return nil
		})
		time.Sleep(time.Minute)
	})
}

// waitsForAGoroutine does not end, because a goroutine of the test does not.
func waitsForAGoroutine(t *testing.T) {
	sim.Run(t, sim.Config{Count: 1}, func(t *testing.T, w *sim.World) {
		w.Host("api", nil)
		var all sync.WaitGroup
		all.Go(waitForNobody)
		all.Wait()
	})
}

// In a bubble of the test's own, what runs after the World's end may end goroutines that are there.
func TestGoroutinesMayOutliveAWorldOfNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quit := make(chan struct{})
		t.Cleanup(func() { close(quit) })
		sim.New(t, 1, sim.Config{}).Host("api", nil)
		go func() { <-quit }()
	})
}
