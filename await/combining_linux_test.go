package await

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// openRing is open for what only io_uring does: on the others a call wakes the
// loop.
func openRing(t testing.TB, config Config) *IO {
	t.Helper()
	testutil.CheckLeaks(t)
	config.Backend = "io_uring"
	io, err := Start(config)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skipf("no io_uring here: %v", err)
	}
	must(t, err)
	t.Cleanup(func() { must(t, io.Close()) })
	return io
}

// overSpins runs a test without spinning, with as much of it as there is by
// default, and with the most.
func overSpins(t *testing.T, test func(t *testing.T, config Config)) {
	for _, spin := range []time.Duration{-1, 0, time.Millisecond} {
		t.Run(fmt.Sprint("spin ", spin), func(t *testing.T) { test(t, Config{Spin: spin}) })
	}
}

// A caller that is alone does everything itself: the loop sleeps.
func TestCallsOfOneGoroutineWakeNobody(t *testing.T) {
	overSpins(t, func(t *testing.T, config Config) {
		io := openRing(t, config)
		must(t, io.Nop(background)) // the first records are made by the loop
		testutil.Eventually(t, patience, func() bool {
			before := io.Stats()
			must(t, io.Nop(background))
			after := io.Stats()
			return after.WakeUps == before.WakeUps && after.SystemCalls == before.SystemCalls+1
		}, "the loop sleeps")
		before := io.Stats()
		const n = 1000
		for range n {
			must(t, io.Nop(background))
		}
		after := io.Stats()
		if woken := after.WakeUps - before.WakeUps; woken != 0 {
			t.Errorf("%d wake-ups in %d calls, want none", woken, n)
		}
		if got := after.Completed - before.Completed; got != n {
			t.Errorf("%d calls counted when they have returned, want %d", got, n)
		}
		if after.InFlight != 0 || after.Queued != 0 {
			t.Errorf("%+v: something is left", after)
		}
	})
}

// Calls that are made at once enter the kernel at once.
func TestCallsAtOnceAreOneBatch(t *testing.T) {
	io := openRing(t, Config{})
	_, name := tempFile(t, 64)
	f := openFile(t, io, name, os.O_RDONLY)
	ranges := make([]FileRange, 16)
	batches := func() (one uint64) {
		before := io.Stats()
		for i := range ranges {
			ranges[i] = FileRange{Buf: make([]byte, 4), Offset: int64(4 * i)}
		}
		must(t, f.ReadAtBatch(background, ranges))
		return io.Stats().BatchSizes[4] - before.BatchSizes[4]
	}
	testutil.Eventually(t, patience, func() bool { return batches() == 1 }, "one batch of %d", len(ranges))
}

// Whatever meets a stand-in: every byte arrives, and every call returns.
func TestCallsOfManyGoroutinesCombine(t *testing.T) {
	overSpins(t, func(t *testing.T, config Config) {
		io := openRing(t, config)
		var calls sync.WaitGroup
		for range 8 {
			a, b := socketPair(t)
			for _, fds := range [][2]int{{a, b}, {b, a}} {
				calls.Go(func() {
					p := make([]byte, 1)
					for i := range 500 {
						if fds[0] == a || i > 0 {
							if n, err := io.Send(background, fds[0], p, 0); n != 1 || err != nil {
								t.Errorf("send: %d, %v", n, err)
								return
							}
						}
						if n, err := io.Recv(background, fds[0], p, 0); n != 1 || err != nil {
							t.Errorf("recv: %d, %v", n, err)
							return
						}
					}
					if fds[0] == b {
						_, _ = io.Send(background, b, p, 0)
					}
				})
			}
		}
		done := make(chan bool)
		go func() { calls.Wait(); close(done) }()
		receive(t, done, "end of the calls")
	})
}

// A timeout that a stand-in sets is kept though the loop sleeps for longer.
func TestTimeoutSetByACombiner(t *testing.T) {
	overSpins(t, func(t *testing.T, config Config) {
		io := openRing(t, config)
		a, _ := socketPair(t)
		for _, d := range []time.Duration{0, time.Microsecond, time.Millisecond, 5 * time.Millisecond} {
			for range 3 {
				got := receive(t, later(func() (int, error) {
					return io.RecvWithTimeout(background, a, make([]byte, 1), 0, d)
				}), "end of a receive with a timeout")
				if !errors.Is(got.err, proactor.ErrCanceled) {
					t.Errorf("after %v: %d, %v, want it timed out", d, got.n, got.err)
				}
			}
		}
	})
}
