package await

import (
	"context"
	"fmt"
	"sync"
	"testing"
)

func benchIO(b *testing.B) *IO {
	io, err := Start(Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := io.Close(); err != nil {
			b.Error(err)
		}
	})
	return io
}

// spread runs b.N calls on n goroutines.
func spread(b *testing.B, n int, call func(i int) error) {
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			for range (b.N + n - 1 - i) / n {
				if err := call(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkNop(b *testing.B) {
	for _, n := range []int{1, 64, 1024} {
		b.Run(fmt.Sprintf("goroutines=%d", n), func(b *testing.B) {
			io := benchIO(b)
			spread(b, n, func(int) error { return io.Nop(context.Background()) })
		})
	}
}
