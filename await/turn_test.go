package await

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
)

// TestTurnIsOnes has many take turns, some of whom give up waiting.
func TestTurnIsOnes(t *testing.T) {
	testutil.CheckLeaks(t)
	var turn turn
	var had, gaveUp int // under turn, under mu
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			for n := range 500 {
				ctx, cancel := context.WithCancel(context.Background())
				if (i+n)%3 == 0 {
					go cancel()
				}
				if err := turn.take(ctx); err == nil {
					had++
					turn.give()
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
	if !turn.tryTake() {
		t.Error("nobody has the turn, and it is not to be had")
	}
}

// TestTurnOfOneWhoGivesUp goes to the next, whether it had come already or not.
func TestTurnOfOneWhoGivesUp(t *testing.T) {
	testutil.CheckLeaks(t)
	var turn turn
	if !turn.tryTake() || turn.tryTake() {
		t.Fatal("the zero turn is one's")
	}
	//lint:ignore SA1012 what is refused
	if err := turn.take(nil); err != errNilContext {
		t.Errorf("without a context: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- turn.take(ctx) }()
	wanted(t, &turn, 2)
	go func() { second <- turn.take(context.Background()) }()
	wanted(t, &turn, 3)
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the first: %v", err)
	}
	turn.give()
	if err := <-second; err != nil {
		t.Errorf("the second: %v", err)
	}
	turn.give()
	if !turn.tryTake() {
		t.Error("the turn is lost")
	}
}

// TestTurnIsGivenUpAtOnce has the turn come to one who gives up, and another take it
// and keep it: the first must not wait for that one.
func TestTurnIsGivenUpAtOnce(t *testing.T) {
	testutil.CheckLeaks(t)
	for range 2000 {
		var turn turn
		turn.tryTake()
		ctx, cancel := context.WithCancel(context.Background())
		gone, kept := make(chan struct{}), make(chan struct{})
		go func() {
			if turn.take(ctx) == nil {
				turn.give()
			}
			close(gone)
		}()
		wanted(t, &turn, 2)
		go cancel()
		go func() {
			_ = turn.take(context.Background()) // cannot fail
			close(kept)
		}()
		turn.give()
		<-kept // and not given
		select {
		case <-gone:
		case <-time.After(10 * time.Second):
			t.Fatal("one who gives up waits for another's turn")
		}
	}
}

// TestTurnIsNotOvertaken has somebody come between a turn's being given and its
// being had by the one who waited.
func TestTurnIsNotOvertaken(t *testing.T) {
	testutil.CheckLeaks(t)
	var turn turn
	turn.tryTake()
	over, had := make(chan struct{}), make(chan error, 1)
	go func() {
		had <- turn.take(context.Background())
		<-over
		turn.give()
	}()
	wanted(t, &turn, 2)
	turn.give()
	if turn.tryTake() {
		t.Error("it was had by one who had not waited")
	}
	if err := <-had; err != nil {
		t.Error(err)
	}
	close(over)
	wanted(t, &turn, 0)
}

func wanted(t *testing.T, turn *turn, by int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); int(turn.count.Load()) != by; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d have it or want it, not %d", turn.count.Load(), by)
		}
	}
}
