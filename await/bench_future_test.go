//go:build unix

package await

import (
	"testing"
	"time"
)

// BenchmarkFuture is what a future costs beside a blocking call.
func BenchmarkFuture(b *testing.B) {
	benchmarks := []struct {
		name string
		call func(io *IO) error
	}{
		{"blocking", func(io *IO) error { return io.Nop(background) }},
		{"Await", func(io *IO) error { return done(background, io.Async().Nop()) }},
		{"All of 8", func(io *IO) error {
			a := io.Async()
			return All(background, a.Nop(), a.Nop(), a.Nop(), a.Nop(), a.Nop(), a.Nop(), a.Nop(), a.Nop())
		}},
		{"Race with Sleep", func(io *IO) error {
			_, err := Race(background, io.Async().Nop(), io.Async().Sleep(time.Hour))
			return err
		}},
	}
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			io := benchIO(b)
			b.ReportAllocs()
			for b.Loop() {
				if err := bm.call(io); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
