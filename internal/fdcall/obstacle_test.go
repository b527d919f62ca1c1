//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package fdcall

import (
	"context"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/socket"
	"github.com/awaitio/awaitio/proactor"
)

// An obstacle to a transfer is seen by the next one, with and without the lock, and so is its end.
func TestObstacles(t *testing.T) {
	d, peer := watchedConn(t, proactor.Config{})
	check := func(when string, dir Direction, want error) {
		t.Helper()
		if got := d.canTransfer(background, dir); got != want {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
		if clear := d.direct.clear[dir].Load(); want != nil && clear {
			t.Errorf("%s: nothing in the way without the lock", when)
		}
	}
	for _, dir := range []Direction{Reading, Writing} {
		check("at first", dir, nil)
		if !d.direct.clear[dir].Load() {
			t.Error("something in the way at first")
		}
		must(t, d.SetDeadline(dir, time.Now().Add(time.Hour)))
		check("before the deadline", dir, nil)
		must(t, d.SetDeadline(dir, time.Unix(1, 0)))
		check("after the deadline", dir, os.ErrDeadlineExceeded)
		must(t, d.SetDeadline(dir, time.Time{}))
		check("without it", dir, nil)
	}
	w, err := d.Start(background, Reading, func(w *Waiter) error {
		return w.Proactor.Poll(&w.C, d.FD, socket.PollIn, Deliver)
	})
	must(t, err)
	check("beside a request", Reading, errByRequest)
	check("beside a request of the other direction", Writing, nil)
	send(t, peer, "x")
	_, err = d.Finish(w, Reading, w.Wait(background))
	must(t, err)
	check("after the request", Reading, nil)
	ctx, cancel := context.WithCancel(background)
	cancel()
	if err := d.canTransfer(ctx, Writing); err == nil {
		t.Error("a context that has ended is not in the way")
	}
	must(t, d.Close())
	check("closed", Reading, ErrDescriptorClosed)
	check("closed", Writing, ErrDescriptorClosed)
}

// Whatever ends a receive ends it also as it is about to park: it is not missed in between. The ends come at
// all moments from the call until the receiver has parked.
func TestReceiverMissesNoEnd(t *testing.T) {
	const rounds = 20000
	d, _ := watchedConn(t, proactor.Config{Spin: -1})
	var calls atomic.Int64
	ctxs, ended := make(chan context.Context, 1), make(chan error, 1)
	var receiver sync.WaitGroup
	receiver.Go(func() {
		buf := make([]byte, 8)
		for ctx := range ctxs {
			calls.Add(1)
			_, err := d.Receive(ctx, buf)
			ended <- err
		}
	})
	for round := range rounds {
		ctx, cancel := context.WithCancel(background)
		end, want := d.Close, ErrDescriptorClosed
		switch {
		case round%3 == 0:
			end, want = func() error { cancel(); return nil }, context.Canceled
		case round < rounds-1:
			ctx = background
			end, want = func() error { return d.SetDeadline(Reading, time.Unix(1, 0)) }, os.ErrDeadlineExceeded
		}
		ctxs <- ctx
		for tries := 1; calls.Load() <= int64(round); tries++ {
			if tries%1000 == 0 {
				runtime.Gosched() // to the receiver, where Go uses one CPU
			}
		}
		for range rand.IntN(1000) {
			calls.Load() // takes its time
		}
		must(t, end())
		wantIs(t, receive(t, ended), want)
		cancel()
		if want == os.ErrDeadlineExceeded {
			must(t, d.SetDeadline(Reading, time.Time{}))
		}
	}
	close(ctxs)
	receiver.Wait()
}
