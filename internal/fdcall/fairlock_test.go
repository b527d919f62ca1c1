package fdcall

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
)

// TestFairLockIsOnes has many take turns, some of whom give up waiting.
func TestFairLockIsOnes(t *testing.T) {
	testutil.CheckLeaks(t)
	var lock FairLock
	var had, gaveUp int // under lock, under mu
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			for n := range 500 {
				ctx, cancel := context.WithCancel(context.Background())
				if (i+n)%3 == 0 {
					go cancel()
				}
				if err := lock.Lock(ctx); err == nil {
					had++
					lock.Unlock()
				} else if errors.Is(err, context.Canceled) {
					mu.Lock()
					gaveUp++
					mu.Unlock()
				} else {
					t.Error(err)
				}
				cancel()
			}
		})
	}
	all.Wait()
	if had+gaveUp != 16*500 {
		t.Errorf("%d turns and %d given up of %d", had, gaveUp, 16*500)
	}
	if !lock.TryLock() {
		t.Error("the lock is free, and cannot be had")
	}
}

// TestFairLockOfOneWhoGivesUp goes to the next, whether it had come already or not.
func TestFairLockOfOneWhoGivesUp(t *testing.T) {
	testutil.CheckLeaks(t)
	var lock FairLock
	if !lock.TryLock() || lock.TryLock() {
		t.Fatal("the zero lock is one's")
	}
	//lint:ignore SA1012 what is refused
	if err := lock.Lock(nil); err != ErrNilContext {
		t.Errorf("without a context: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- lock.Lock(ctx) }()
	waitCount(t, &lock, 2)
	go func() { second <- lock.Lock(context.Background()) }()
	waitCount(t, &lock, 3)
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the first: %v", err)
	}
	lock.Unlock()
	if err := <-second; err != nil {
		t.Errorf("the second: %v", err)
	}
	lock.Unlock()
	if !lock.TryLock() {
		t.Error("the lock is lost")
	}
}

// TestFairLockIsGivenUpAtOnce has the lock come to one who gives up, and another take it
// and keep it: the first must not wait for that one.
func TestFairLockIsGivenUpAtOnce(t *testing.T) {
	testutil.CheckLeaks(t)
	for range 2000 {
		var lock FairLock
		lock.TryLock()
		ctx, cancel := context.WithCancel(context.Background())
		left, kept := make(chan struct{}), make(chan struct{})
		go func() {
			if lock.Lock(ctx) == nil {
				lock.Unlock()
			}
			close(left)
		}()
		waitCount(t, &lock, 2)
		go cancel()
		go func() {
			_ = lock.Lock(context.Background()) // cannot fail
			close(kept)
		}()
		lock.Unlock()
		testutil.Receive(t, kept, "lock, which one who gave up was given") // and not given on
		testutil.Receive(t, left, "end of the wait of one who gave up")
	}
}

// TestFairLockIsNotOvertaken has somebody come between a lock's being given and its
// being had by the one who waited.
func TestFairLockIsNotOvertaken(t *testing.T) {
	testutil.CheckLeaks(t)
	var lock FairLock
	lock.TryLock()
	handed, had := make(chan struct{}), make(chan error, 1)
	go func() {
		had <- lock.Lock(context.Background())
		<-handed
		lock.Unlock()
	}()
	waitCount(t, &lock, 2)
	lock.Unlock()
	if lock.TryLock() {
		t.Error("it was had by one who had not waited")
	}
	if err := <-had; err != nil {
		t.Error(err)
	}
	close(handed)
	waitCount(t, &lock, 0)
}

func waitCount(t *testing.T, lock *FairLock, by int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); int(lock.count.Load()) != by; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d have it or want it, not %d", lock.count.Load(), by)
		}
	}
}
