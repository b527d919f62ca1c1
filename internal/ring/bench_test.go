//go:build linux

package ring

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
)

// BenchmarkNop is a batch of operations that do nothing, there and back.
func BenchmarkNop(b *testing.B) {
	for _, setup := range []struct {
		name    string
		without uint32
	}{
		{"default", 0},
		{"without-COOP_TASKRUN", IORING_SETUP_COOP_TASKRUN},
		{"without-NO_SQARRAY", IORING_SETUP_NO_SQARRAY},
	} {
		for _, batch := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/%d", setup.name, batch), func(b *testing.B) {
				r := openRing(b, Config{Without: setup.without})
				dst := make([]CQE, batch)
				b.ReportAllocs()
				for b.Loop() {
					nopBatch(b, r, dst, r.Submit)
				}
			})
		}
	}
}

// BenchmarkNopHeavy is the same through the scheduler.
func BenchmarkNopHeavy(b *testing.B) {
	r := openRing(b, Config{})
	dst := make([]CQE, 1)
	b.ReportAllocs()
	for b.Loop() {
		nopBatch(b, r, dst, r.SubmitHeavy)
	}
}

// BenchmarkRecvWhileSubmitterComputes is the price of COOP_TASKRUN in Go: the
// loop submits a receive and parks, its thread goes on with a goroutine that
// computes, and data arrives. Without the interrupt that the flag spares, the
// receive ends at that thread's next system call or timer tick.
func BenchmarkRecvWhileSubmitterComputes(b *testing.B) {
	for _, without := range []uint32{0, IORING_SETUP_COOP_TASKRUN} {
		b.Run(fmt.Sprintf("without-%#x", without), func(b *testing.B) {
			r := openRing(b, Config{Without: without})
			fds := streamPair(b)
			submit, stop := submitAndCompute(r, fds[0])
			defer stop()
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			dst := make([]CQE, 1)
			for b.Loop() {
				submit()
				mustWrite(b, fds[1], "x")
				for r.Reap(dst) == 0 {
				}
			}
		})
	}
}

// submitAndCompute starts a thread that submits a receive when asked and
// spends the rest of its time without a system call.
func submitAndCompute(r *Ring, fd int) (submit, stop func()) {
	const idle, asked, quit = 0, 1, 2
	var state atomic.Int32
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		buf := make([]byte, 8)
		for {
			switch state.Load() {
			case asked:
				r.Next().PrepRecv(fd, buf, 0)
				_, _ = r.Submit()
				state.Store(idle)
			case quit:
				return
			}
		}
	}()
	submit = func() {
		state.Store(asked)
		for state.Load() != idle {
			runtime.Gosched()
		}
	}
	return submit, func() { state.Store(quit); <-ended }
}

// BenchmarkSendRecv is one message through a socket pair, in one submission.
func BenchmarkSendRecv(b *testing.B) {
	for _, without := range []uint32{0, IORING_SETUP_COOP_TASKRUN} {
		b.Run(fmt.Sprintf("without-%#x", without), func(b *testing.B) {
			r := openRing(b, Config{Without: without})
			fds := streamPair(b)
			in, out, dst := make([]byte, 64), make([]byte, 64), make([]CQE, 4)
			b.ReportAllocs()
			for b.Loop() {
				r.Next().PrepRecv(fds[0], in, 0)
				r.Next().PrepSend(fds[1], out, 0)
				if _, err := r.Submit(); err != nil {
					b.Fatal(err)
				}
				for got := 0; got < 2; {
					got += r.Reap(dst)
				}
			}
		})
	}
}

func nopBatch(b *testing.B, r *Ring, dst []CQE, submit func() (int, error)) {
	for range dst {
		r.Next().PrepNop()
	}
	if n, err := submit(); n != len(dst) || err != nil {
		b.Fatal(n, err)
	}
	if n := r.Reap(dst); n != len(dst) {
		b.Fatal(n)
	}
}

// TestSteadyStateAllocatesNothing is the budget that goes with the benchmarks.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	r := openRing(t, Config{})
	dst := make([]CQE, 8)
	got := testing.AllocsPerRun(100, func() {
		for range dst {
			r.Next().PrepNop()
		}
		if _, err := r.Submit(); err != nil {
			t.Error(err)
		}
		r.Reap(dst)
	})
	if got != 0 {
		t.Errorf("%v allocations, want 0", got)
	}
}
