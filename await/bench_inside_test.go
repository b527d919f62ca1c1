//go:build unix

package await

import (
	"context"
	"sync"
	"testing"
	"time"
)

// What it costs to look at ten thousand calls under way, and to ask for the counts.
func BenchmarkInside(b *testing.B) {
	io := open(b, Config{Loops: 2})
	ctx, cancel := context.WithCancel(background)
	var waiting sync.WaitGroup
	defer waiting.Wait()
	defer cancel()
	const calls = 10000
	r, w, err := io.Pipe()
	must(b, err)
	defer w.Close()
	defer r.Close()
	for i := range calls {
		waiting.Go(func() {
			if i%2 == 0 {
				_ = io.Sleep(ctx, time.Hour)
			} else {
				_, _ = io.Poll(ctx, int(r.Fd()), 1)
			}
		})
	}
	for s := io.Stats(); s.Submitted-s.Completed < calls; s = io.Stats() {
		time.Sleep(time.Millisecond)
	}
	b.Run("operations", func(b *testing.B) {
		for b.Loop() {
			if n := len(whole(b, io, 2*calls)); n < calls {
				b.Fatalf("%d of %d calls are listed", n, calls)
			}
		}
	})
	b.Run("the oldest 1000", func(b *testing.B) {
		for b.Loop() {
			_ = io.Operations(0)
		}
	})
	b.Run("kinds", func(b *testing.B) {
		for b.Loop() {
			_ = io.Kinds()
		}
	})
	b.Run("loops", func(b *testing.B) {
		for b.Loop() {
			_ = io.Loops()
		}
	})
}
