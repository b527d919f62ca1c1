//go:build unix

package sim_test

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/sim"
)

// echo accepts connections and sends back what it gets, until l is closed.
func echo(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			_, _ = io.Copy(c, c) // ends when the other side does
		}()
	}
}

// pair is two hosts and a connection between them, whose other end echoes.
func pair(tb testing.TB, w *sim.World) net.Conn {
	tb.Helper()
	l, err := w.Host("server", nil).IO().Listen("tcp", ":1")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { l.Close() })
	go echo(l)
	c, err := w.Host("client", nil).IO().Dial("tcp", "server:1")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Close() })
	return c
}

// BenchmarkCall is a request and an answer over a link without latency, in real time.
func BenchmarkCall(b *testing.B) {
	c := pair(b, sim.New(b, 1, sim.Config{Link: sim.LinkConfig{Latency: sim.Fixed(0)}}))
	buf := make([]byte, 100)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(buf); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(c, buf); err != nil {
			b.Fatal(err)
		}
	}
}

// TestTimeoutsOverAnHour has 5,000 reads time out, at instants spread over an hour.
func TestTimeoutsOverAnHour(t *testing.T) {
	const reads = 5000
	sim.Run(t, sim.Config{Count: 1, Limit: 2 * time.Hour}, func(t *testing.T, w *sim.World) {
		host, r := w.Host("a", nil), w.Rand("timeouts")
		var all sync.WaitGroup
		for range reads {
			c, err := host.IO().ListenPacket("udp", ":0")
			if err != nil {
				t.Fatal(err)
			}
			after := time.Duration(r.Int64N(int64(time.Hour)))
			all.Go(func() {
				defer c.Close()
				if err := c.SetReadDeadline(time.Now().Add(after)); err != nil {
					t.Error(err)
				}
				begin := time.Now()
				_, _, err := c.ReadFrom(make([]byte, 1))
				if lasted := time.Since(begin); !errors.Is(err, os.ErrDeadlineExceeded) || lasted < after || lasted > after+time.Millisecond {
					t.Errorf("a read with %v ends after %v: %v", after, lasted, err)
				}
			})
		}
		all.Wait()
	})
}
