//go:build unix

package await

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/awaitio/awaitio/timeout"
)

// BenchmarkSleep is a sleep of no length, and then one of a millisecond by so
// many goroutines that its length is shared.
func BenchmarkSleep(b *testing.B) {
	b.Run("0", func(b *testing.B) {
		io := benchIO(b)
		b.ReportAllocs()
		for b.Loop() {
			if err := io.Sleep(background, 0); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, n := range []int{64, 4096} {
		b.Run(fmt.Sprintf("1ms/goroutines=%d", n), func(b *testing.B) {
			io := benchIO(b)
			spread(b, n, func(int) error { return io.Sleep(background, time.Millisecond) })
		})
	}
}

// BenchmarkTimedOutRecv is a receive that its timeout stops at once.
func BenchmarkTimedOutRecv(b *testing.B) {
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprintf("goroutines=%d", n), func(b *testing.B) {
			io := benchIO(b)
			fds, buffers := make([]int, n), make([][]byte, n)
			for i := range fds {
				fds[i], _ = socketPair(b)
				buffers[i] = make([]byte, 8)
			}
			spread(b, n, func(i int) error {
				if _, err := io.RecvWithTimeout(background, fds[i], buffers[i], 0, 0); !errors.Is(err, os.ErrDeadlineExceeded) {
					return fmt.Errorf("want a timeout, got %w", err)
				}
				return nil
			})
		})
	}
}

// BenchmarkTimersUnderLoad is how late timers of a millisecond are, one after the other,
// while 64 connections of the same IO are busy.
func BenchmarkTimersUnderLoad(b *testing.B) {
	io := open(b, Config{})
	p, err := io.ProactorOf(0)
	must(b, err)
	kinds := map[string]func(f func()){
		"timeout": func(f func()) {
			_, err := timeout.AfterFunc(p, time.Millisecond, f)
			must(b, err)
		},
		"time": func(f func()) { time.AfterFunc(time.Millisecond, f) },
	}
	for name, start := range kinds {
		b.Run(name, func(b *testing.B) {
			defer keepConnsBusy(b, io, 64)()
			late := make([]time.Duration, b.N)
			fired := make(chan time.Time, 1)
			for i := range late {
				due := time.Now().Add(time.Millisecond)
				start(func() { fired <- time.Now() })
				late[i] = (<-fired).Sub(due)
			}
			b.StopTimer()
			slices.Sort(late)
			b.ReportMetric(float64(late[len(late)/2].Nanoseconds())/1e3, "p50-µs-late")
			b.ReportMetric(float64(late[len(late)*99/100].Nanoseconds())/1e3, "p99-µs-late")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// keepConnsBusy has so many connections of io echo until stop is called.
func keepConnsBusy(b *testing.B, io *IO, conns int) (stop func()) {
	l := listenOn(b, io, "tcp4")
	var all sync.WaitGroup
	clients := make([]net.Conn, conns)
	for i := range clients {
		all.Go(func() { echo(b, l) })
		c, err := io.Dial("tcp4", l.Addr().String())
		must(b, err)
		clients[i] = c
	}
	var stopped atomic.Bool
	for _, c := range clients {
		all.Go(func() {
			defer c.Close()
			for buf := make([]byte, 64); !stopped.Load(); {
				if err := roundTrip(c, buf); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	return func() { stopped.Store(true); all.Wait() }
}
