package timeout

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// pingPong receives and sends one byte on a socket pair, b.N times over all
// pairs: each receive is under way before its byte is sent.
type pingPong struct {
	p          *proactor.Proactor
	limit      time.Duration // none if negative
	in, out    int
	recv, send proactor.Completion
	buf        [1]byte
	left       *int
	idle       func()
	parts      int
}

func (x *pingPong) start(_ *proactor.Completion, r proactor.Result) {
	if r.Err != nil {
		panic(r.Err)
	}
	if x.parts--; x.parts > 0 {
		return
	}
	if *x.left--; *x.left < 0 {
		x.idle()
		return
	}
	x.parts = 2
	if x.limit >= 0 {
		x.recv.SetTimeout(x.limit)
	}
	if err := x.p.Recv(&x.recv, x.in, x.buf[:], 0, x.recv.Data.(proactor.Callback)); err != nil {
		panic(err)
	}
	if err := x.p.Send(&x.send, x.out, []byte("x"), 0, x.recv.Data.(proactor.Callback)); err != nil {
		panic(err)
	}
}

// BenchmarkRecv compares a receive without a limit, with the proactor's own
// timer, and with the kernel's linked timeout.
func BenchmarkRecv(b *testing.B) {
	for _, depth := range []int{1, 64} {
		for _, way := range []struct {
			name   string
			limit  time.Duration
			linked bool
		}{
			{"unlimited", -1, false},
			{"timer", time.Minute, false},
			{"linked", time.Minute, true},
		} {
			b.Run(fmt.Sprintf("depth=%d/%s", depth, way.name), func(b *testing.B) {
				benchRecv(b, depth, way.limit, way.linked)
			})
		}
	}
}

func benchRecv(b *testing.B, depth int, limit time.Duration, linked bool) {
	p, err := proactor.New(proactor.Config{LinkedTimeouts: linked})
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	left, busy := b.N, depth
	b.ReportAllocs()
	for range depth {
		x := &pingPong{p: p, limit: limit, left: &left, parts: 1}
		x.in, x.out = testutil.SocketPair(b)
		x.recv.Data = proactor.Callback(x.start)
		x.idle = func() {
			if busy--; busy == 0 {
				cancel()
			}
		}
		x.start(nil, proactor.Result{})
	}
	b.ResetTimer()
	if err := p.Run(ctx); err != context.Canceled {
		b.Fatal(err)
	}
}

// BenchmarkTimer starts and stops a timer among n that are running.
func BenchmarkTimer(b *testing.B) {
	for _, n := range []int{1, 10_000, 1_000_000} {
		b.Run(fmt.Sprintf("running=%d", n), func(b *testing.B) {
			p, err := proactor.New(proactor.Config{})
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close()
			for i := range n {
				if err := p.Timeout(new(proactor.Completion), time.Hour+time.Duration(i)*time.Millisecond, nil); err != nil {
					b.Fatal(err)
				}
			}
			if err := p.Tick(); err != nil {
				b.Fatal(err)
			}
			const batch = 256
			var timers [batch]proactor.Completion
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i += batch {
				for j := range timers {
					if err := p.Timeout(&timers[j], time.Hour, nil); err != nil {
						b.Fatal(err)
					}
				}
				if err := p.Tick(); err != nil {
					b.Fatal(err)
				}
				for j := range timers {
					p.RequestCancel(&timers[j])
				}
				if err := p.Tick(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
