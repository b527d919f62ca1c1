package proactor

import (
	"context"
	"sync"
	"testing"
)

// BenchmarkNopCallback is the loop without anybody to wake: each callback
// submits the next operation.
func BenchmarkNopCallback(b *testing.B) {
	for _, depth := range []int{1, 64} {
		b.Run(map[int]string{1: "depth=1", 64: "depth=64"}[depth], func(b *testing.B) {
			p, err := New(Config{})
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close()
			ctx, cancel := context.WithCancel(context.Background())
			left, busy := b.N, depth
			var again Callback
			again = func(c *Completion, r Result) {
				if left--; left < 0 {
					if busy--; busy == 0 {
						cancel()
					}
					return
				}
				if err := p.Nop(c, again); err != nil {
					panic(err)
				}
			}
			b.ReportAllocs()
			for range depth {
				if err := p.Nop(new(Completion), again); err != nil {
					b.Fatal(err)
				}
			}
			p.Run(ctx)
		})
	}
}

// BenchmarkNopRoundTrip is a goroutine that submits and parks, n of them.
func BenchmarkNopRoundTrip(b *testing.B) {
	for _, n := range []int{1, 64, 1024} {
		b.Run(map[int]string{1: "goroutines=1", 64: "goroutines=64", 1024: "goroutines=1024"}[n], func(b *testing.B) {
			p, err := New(Config{})
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close()
			go p.Run(context.Background())
			b.ReportAllocs()
			var wg sync.WaitGroup
			for i := range n {
				wg.Go(func() {
					var c Completion
					done := make(chan Result, 1)
					deliver := func(_ *Completion, r Result) { done <- r }
					for range (b.N + n - 1 - i) / n {
						if err := p.Nop(&c, deliver); err != nil {
							panic(err)
						}
						<-done
					}
				})
			}
			wg.Wait()
		})
	}
}
