//go:build unix

package proactor

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// tiny are queues of size 1 and their like: whatever does not fit has to wait,
// and nothing may be dropped.
var tiny = map[string]Config{
	"default":     {},
	"entries 1":   {Entries: 1},
	"in flight 1": {Entries: 1, MaxInFlight: 1},
	"in flight 3": {Entries: 1, MaxInFlight: 3, CompletionEntries: 2},
	"results 2":   {Entries: 1, CompletionEntries: 2},
	"queued 1":    {Entries: 1, MaxInFlight: 1, MaxQueued: 1 << 20},
}

func overTiny(t *testing.T, test func(t *testing.T, config Config)) {
	for name, c := range tiny {
		t.Run(name, func(t *testing.T) {
			bothTimers(t, func(t *testing.T, config Config) {
				c.LinkedTimeouts = config.LinkedTimeouts
				test(t, c)
			})
		})
	}
}

// A cancel dropped because the queue is full leaves an operation for ever
// (lalinsky/zio#623).
func TestRaceOfManyTimeoutsAtOnce(t *testing.T) {
	overTiny(t, func(t *testing.T, config Config) {
		n := rounds(10000)
		if config.MaxInFlight != 0 {
			n = rounds(2000)
		}
		testutil.CheckLeaks(t)
		var fds []int
		for range 20 {
			fd, _ := testutil.SocketPair(t)
			fds = append(fds, fd)
		}
		p := newRunningAmid(t, config).p
		var tally ledger
		completions := make([]Completion, n)
		room := make([]byte, n)
		timedOut := 0
		at := time.Now().Add(50 * time.Millisecond)
		for i := range completions {
			c := &completions[i]
			c.SetDeadline(at)
			if err := p.Recv(c, fds[i%len(fds)], room[i:i+1], 0, tally.expect(func(_ *Completion, r Result) {
				if isTimedOut(r.Err) {
					timedOut++
				}
			})); err != nil {
				t.Fatal(err)
			}
		}
		tally.settle(t)
		if timedOut != n {
			t.Errorf("%d of %d receives timed out", timedOut, n)
		}
	})
}

func TestRaceOfManyCancelsAtOnce(t *testing.T) {
	overTiny(t, func(t *testing.T, config Config) {
		n := rounds(2000)
		testutil.CheckLeaks(t)
		fd, _ := testutil.SocketPair(t)
		p := newRunningAmid(t, config).p
		var tally, answers ledger
		targets, cancels := make([]Completion, n), make([]Completion, n)
		room := make([]byte, n)
		canceled := 0
		for i := range targets {
			if err := p.RecvWithTimeout(&targets[i], fd, room[i:i+1], 0, time.Hour, tally.expect(func(_ *Completion, r Result) {
				if isCanceled(r.Err) {
					canceled++
				}
			})); err != nil {
				t.Fatal(err)
			}
		}
		for i := range targets {
			if err := p.Cancel(&cancels[i], &targets[i], answers.expect(func(_ *Completion, r Result) {
				if r.Err != nil && !errors.Is(r.Err, ErrAlreadyInProgress) {
					t.Errorf("cancel: %v", r.Err)
				}
			})); err != nil {
				t.Fatal(err)
			}
		}
		tally.settle(t)
		answers.settle(t)
		if canceled != n {
			t.Errorf("%d of %d receives were canceled", canceled, n)
		}
	})
}

// More results at once than the completion queue has room for.
func TestRaceOfResultsThatOverflow(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		const n = 500
		config.Entries, config.CompletionEntries = 2, 2
		testutil.CheckLeaks(t)
		r := newRigAmid(t, config)
		var all []*flown
		var peers []int
		for range n {
			fd, peer := testutil.SocketPair(t)
			peers = append(peers, peer)
			all = append(all, r.fly(func(c *Completion, callback Callback) error {
				return r.p.RecvWithTimeout(c, fd, make([]byte, 1), 0, time.Hour, callback)
			}))
		}
		for _, f := range all {
			f.reach(inFlight)
		}
		for _, peer := range peers {
			writeAll(t, peer, []byte{1})
		}
		for _, f := range all {
			if got := f.land(); got.N != 1 || got.Err != nil {
				t.Fatalf("receive: %d, %v", got.N, got.Err)
			}
		}
		if r.p.Backend() == "io_uring" && r.p.Stats().Overflows == 0 {
			t.Error("the completion queue never overflowed: nothing was tested")
		}
	})
}

// All kinds of ends at queues of size 1.
func TestRaceAtQueuesOfSizeOne(t *testing.T) {
	overTiny(t, func(t *testing.T, config Config) {
		testutil.CheckLeaks(t)
		fd, peer := testutil.SocketPair(t)
		p := newRunningAmid(t, config).p
		chance := seeded(t)
		from := startSender(t, peer, chance)
		defer from.stop()
		s, c, w := newStream(t, 509), new(Completion), newParked()
		for range rounds(150) {
			b := s.lend()
			if err := p.RecvWithTimeout(c, fd, b, unix.MSG_WAITALL, chance.micros(300), w.done); err != nil {
				t.Fatal(err)
			}
			s.receive(b, w.wait(t))
		}
		s.check()
	})
}

// Operations that time out at the same time as the operations of another kind
// complete, all in one batch.
func TestRaceOfAHalfThatCompletes(t *testing.T) {
	overTiny(t, func(t *testing.T, config Config) {
		const n = 300
		testutil.CheckLeaks(t)
		r := newRigAmid(t, config)
		var all []*flown
		var peers []int
		for range n {
			fd, peer := testutil.SocketPair(t)
			peers = append(peers, peer)
			all = append(all, r.fly(func(c *Completion, callback Callback) error {
				return r.p.RecvWithTimeout(c, fd, make([]byte, 1), 0, 2*time.Millisecond, callback)
			}))
			r.p.collect()
		}
		for i, peer := range peers {
			if i%2 == 0 {
				writeAll(t, peer, []byte{byte(i)})
			}
		}
		r.pass(2 * time.Millisecond)
		for i, f := range all {
			switch got := f.land(); {
			case got.Err == nil && got.N == 1 && i%2 == 0:
			case errors.Is(got.Err, os.ErrDeadlineExceeded) && got.N == 0:
			default:
				t.Fatal(fmt.Errorf("receive %d: %d, %w", i, got.N, got.Err))
			}
		}
	})
}
