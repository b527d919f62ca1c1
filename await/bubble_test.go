//go:build unix

package await

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// A channel made in a bubble and used from outside is a fatal error. Records and
// their channels are made by the loop, so calls from a bubble are fine, also
// when they are more than there are records.
func TestCallsFromABubble(t *testing.T) {
	io := open(t, Config{})
	a, b := socketPair(t)
	synctest.Test(t, func(t *testing.T) {
		must(t, io.Nop(background)) // the very first: there is no record yet

		const callers = 50 // more than there are records at first
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		var blocked, finished sync.WaitGroup
		for range callers {
			blocked.Go(func() {
				_, err := io.Recv(ctx, b, make([]byte, 8), 0)
				wantIs(t, err, context.Canceled)
			})
			finished.Go(func() { must(t, io.Nop(ctx)) })
			finished.Go(func() { must(t, done(ctx, io.Async().Nop())) })
			finished.Go(func() { must(t, All(ctx, io.Async().Nop(), io.Async().Sleep(time.Millisecond))) })
			finished.Go(func() {
				i, err := Race(ctx, io.Async().Sleep(time.Hour), io.Async().Nop())
				if i != 1 || err != nil {
					t.Errorf("Race: got %d, %v, want 1", i, err)
				}
			})
			finished.Go(func() {
				_, err := io.RecvWithTimeout(ctx, b, make([]byte, 8), 0, time.Millisecond)
				wantIs(t, err, proactor.ErrCanceled)
			})
		}
		finished.Wait()
		cancel()
		blocked.Wait()

		n, err := io.Send(background, a, []byte("data"), 0)
		wantCount(t, "Send", n, err, 4)
		n, err = io.Recv(background, b, make([]byte, 8), 0)
		wantCount(t, "Recv", n, err, 4)
	})
	must(t, io.Nop(background)) // what the bubble used is fine outside
}

// Records go back and forth between bubbles and the world outside.
func TestRecordsServeBubbleAfterBubble(t *testing.T) {
	io := open(t, Config{})
	for range 5 {
		synctest.Test(t, func(t *testing.T) {
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() { must(t, io.Nop(background)) })
				wg.Go(func() { must(t, All(background, io.Async().Nop(), io.Async().Nop())) })
			}
			wg.Wait()
		})
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() { must(t, io.Nop(background)) })
		}
		wg.Wait()
	}
}

// A future made outside can be awaited inside, and the other way round.
func TestFuturesCrossABubble(t *testing.T) {
	io := open(t, Config{})
	a, b := socketPair(t)
	outside := io.Async().Recv(b, make([]byte, 4), 0)
	var inside *Future[None]
	synctest.Test(t, func(t *testing.T) {
		inside = io.Async().Sleep(time.Hour)
		n, err := io.Send(background, a, []byte("data"), 0)
		wantCount(t, "Send", n, err, 4)
		n, err = outside.Await(background)
		wantCount(t, "Await", n, err, 4)
	})
	inside.Cancel()
	wantIs(t, done(background, inside), proactor.ErrCanceled)
}

// Refused futures have no loop: the group's channel is then the bubble's own.
func TestRefusedFuturesInABubble(t *testing.T) {
	io := open(t, Config{})
	synctest.Test(t, func(t *testing.T) {
		refused := io.Async().Recv(-1, make([]byte, 4), 0)
		i, err := Race(background, refused, refused)
		wantCount(t, "Race", i, err, 0)
		i, err = Race(background, io.Async().Sleep(time.Hour), refused)
		wantCount(t, "Race", i, err, 1)
	})
}

func TestWaitForRoomInABubble(t *testing.T) {
	io := open(t, Config{MaxQueued: 1})
	synctest.Test(t, func(t *testing.T) {
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				for range 5 {
					must(t, io.Nop(background))
				}
			})
		}
		wg.Wait()
	})
}
