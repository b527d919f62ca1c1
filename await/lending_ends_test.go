//go:build unix

package await

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// A stuckCall is a call that waits for the disk, with memory of its caller's.
type stuckCall struct {
	flag    int // of the file, beside O_RDWR
	lending Lending
	size    int
	writes  bool
	call    func(ctx context.Context, f *File, p []byte) error
}

// lentSize is what is lent if only a context ends a transfer.
const lentSize = 16 << 10

// oneBatch is how many ranges of a batch are under way at once.
const oneBatch = batchWindow

// rangesOf are the ranges of a batch, which share p.
func rangesOf(p []byte) []FileRange {
	ranges := make([]FileRange, oneBatch)
	for i := range ranges {
		ranges[i] = FileRange{Buf: p, Offset: int64(i)}
	}
	return ranges
}

// only is the error of a call with a count.
func only(_ int, err error) error { return err }

// stuckCalls are those whose end nothing holds up.
var stuckCalls = map[string]stuckCall{
	"ReadAt":  {size: lentSize, call: func(ctx context.Context, f *File, p []byte) error { return only(f.ReadAtContext(ctx, p, 0)) }},
	"WriteAt": {size: lentSize, writes: true, call: func(ctx context.Context, f *File, p []byte) error { return only(f.WriteAtContext(ctx, p, 0)) }},
	"Read":    {size: 100, call: func(ctx context.Context, f *File, p []byte) error { return only(f.ReadContext(ctx, p)) }},
	"Write":   {size: 100, writes: true, call: func(ctx context.Context, f *File, p []byte) error { return only(f.WriteContext(ctx, p)) }},
	"an append": {size: 100, writes: true, flag: os.O_APPEND, call: func(ctx context.Context, f *File, p []byte) error {
		return only(f.WriteContext(ctx, p))
	}},
	"AppendSync": {size: 100, writes: true, flag: os.O_APPEND, call: func(ctx context.Context, f *File, p []byte) error {
		return only(f.AppendSync(ctx, p))
	}},
	"WriteAtSync": {size: 100, writes: true, call: func(ctx context.Context, f *File, p []byte) error { return only(f.WriteAtSync(ctx, p, 0)) }},
	"Sync":        {writes: true, call: func(ctx context.Context, f *File, _ []byte) error { return f.SyncContext(ctx) }},
	"Datasync":    {writes: true, call: func(ctx context.Context, f *File, _ []byte) error { return f.DatasyncContext(ctx) }},
	"ReadVAt": {size: 300, call: func(ctx context.Context, f *File, p []byte) error {
		return only(f.ReadVAt(ctx, [][]byte{p[:100], p[100:]}, 0))
	}},
	"WriteVAt": {size: 300, writes: true, call: func(ctx context.Context, f *File, p []byte) error {
		return only(f.WriteVAt(ctx, [][]byte{p[:100], p[100:]}, 0))
	}},
	"ReadAtBatch":  {size: 64, call: func(ctx context.Context, f *File, p []byte) error { return f.ReadAtBatch(ctx, rangesOf(p)) }},
	"WriteAtBatch": {size: 64, writes: true, call: func(ctx context.Context, f *File, p []byte) error { return f.WriteAtBatch(ctx, rangesOf(p)) }},
	"ReadBufferAt": {call: func(ctx context.Context, f *File, _ []byte) error {
		return only(f.ReadBufferAt(ctx, NewBuffer(stallSize), 0))
	}},
	"WriteBufferAt": {writes: true, call: func(ctx context.Context, f *File, _ []byte) error {
		return only(f.WriteBufferAt(ctx, NewBuffer(stallSize), 0))
	}},
	"ReadAt of much, LendAlways": {size: stallSize, lending: LendAlways, call: func(ctx context.Context, f *File, p []byte) error {
		return only(f.ReadAtContext(ctx, p, 0))
	}},
	"WriteAt of much, LendAlways": {size: stallSize, lending: LendAlways, writes: true, call: func(ctx context.Context, f *File, p []byte) error {
		return only(f.WriteAtContext(ctx, p, 0))
	}},
}

// A stuckEnd ends a call that has been under way for a while. It returns what is to be called
// when the call has ended, and what the call is to fail with, beside ErrLeft.
type stuckEnd func(s *stallingDisk, f *File, c stuckCall, cancel context.CancelCauseFunc) (ended func(), cause error)

var stuckEnds = map[string]stuckEnd{
	"context": func(_ *stallingDisk, _ *File, _ stuckCall, cancel context.CancelCauseFunc) (func(), error) {
		cancel(errGivenUp)
		return func() {}, errGivenUp
	},
	"deadline": func(s *stallingDisk, f *File, c stuckCall, _ context.CancelCauseFunc) (func(), error) {
		set := f.SetReadDeadline
		if c.writes {
			set = f.SetWriteDeadline
		}
		must(s, set(past))
		return func() {}, os.ErrDeadlineExceeded
	},
	"Close": func(s *stallingDisk, f *File, _ stuckCall, _ context.CancelCauseFunc) (func(), error) {
		closed := later(func() (int, error) { return 0, f.Close() })
		return func() { wantIs(s, receive(s, closed, "the end of Close").err, ErrLeft) }, os.ErrClosed
	},
	"Shutdown": func(s *stallingDisk, _ *File, _ stuckCall, _ context.CancelCauseFunc) (func(), error) {
		ctx, cancel := context.WithCancel(background)
		cancel()
		closed := later(func() (int, error) { return 0, s.io.Shutdown(ctx) })
		return func() { wantIs(s, receive(s, closed, "the end of Shutdown").err, ErrLeft, context.Canceled) }, proactor.ErrClosed
	},
}

var errGivenUp = errors.New("given up")

// TestEveryEndOfACallOnAStuckDisk has each call ended in each way, and wants its caller back when
// the grace has passed: also from a batch of as many ranges as are under way at once. What the kernel does
// later must not touch its memory.
func TestEveryEndOfACallOnAStuckDisk(t *testing.T) {
	for name, c := range stuckCalls {
		for by, end := range stuckEnds {
			t.Run(name+"/"+by, func(t *testing.T) {
				onStallingDisk(t, proactor.Config{}, func(s *stallingDisk) { s.endCall(c, end) })
			})
		}
	}
}

func (s *stallingDisk) endCall(c stuckCall, end stuckEnd) {
	f, err := FileConfig{IO: s.io, Lending: c.lending}.Open(background, "/file", os.O_RDWR|c.flag, 0)
	must(s, err)
	ctx, cancel := context.WithCancelCause(background)
	defer cancel(nil)
	p := make([]byte, c.size)
	testutil.Poison(p)
	s.simDisk.Stall()
	made := later(func() (int, error) { return 0, c.call(ctx, f, p) })
	time.Sleep(time.Millisecond)
	if len(made) > 0 {
		s.Fatalf("the call did not wait: %v", (<-made).err)
	}
	start := time.Now()
	ended, want := end(s, f, c, cancel)
	wantIs(s, receive(s, made, "the end of the call").err, want, ErrLeft)
	if elapsed := time.Since(start); elapsed != grace {
		s.Errorf("it took %v, want %v", elapsed, grace)
	}
	ended()
	s.goOn()
	testutil.CheckPoison(s, p)
	s.wantLent(0)
	if stats := s.io.Stats(); stats.Stuck+stats.Held != 0 || stats.Left == 0 {
		s.Errorf("%d were left, %d are stuck, %d are held", stats.Left, stats.Stuck, stats.Held)
	}
	_ = f.Close() // which it may be
}

// What has not begun when a batch ends has not happened, and each range says so.
func TestEndOfABatchStopsWhatHasNotBegun(t *testing.T) {
	const begun = 4
	onStallingDisk(t, proactor.Config{MaxInFlight: begun}, func(s *stallingDisk) {
		ranges := rangesOf(make([]byte, 64))
		s.simDisk.Stall()
		start := time.Now()
		wantIs(s, s.f.ReadAtBatch(s.in50(), ranges), context.DeadlineExceeded)
		if elapsed := time.Since(start); elapsed != 50*time.Millisecond+grace {
			s.Errorf("it took %v", elapsed)
		}
		left := 0
		for i, r := range ranges {
			wantIs(s, r.Err, context.DeadlineExceeded)
			if errors.Is(r.Err, ErrLeft) {
				left++
			}
			if r.N != 0 {
				s.Errorf("range %d has %d bytes", i, r.N)
			}
		}
		if left != begun {
			s.Errorf("%d ranges were left, and only %d had begun", left, begun)
		}
	})
}

// An IO that starts again after its Close, as Default's does, ends what was under way before.
func TestCloseOfAnIOThatReopensEndsABatch(t *testing.T) {
	onStallingDisk(t, proactor.Config{}, func(s *stallingDisk) {
		again := &IO{loops: fdcall.NewLoopsOn(proactor.Config{}, true, opener(s.host), s.host)}
		f, err := FileConfig{IO: again}.Open(background, "/file", os.O_RDWR, 0)
		must(s, err)
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		ranges := rangesOf(make([]byte, 64))
		s.simDisk.Stall()
		made := later(func() (int, error) { return 0, f.ReadAtBatch(ctx, ranges) })
		time.Sleep(time.Millisecond)
		start := time.Now()
		must(s, again.Close())
		wantIs(s, receive(s, made, "the end of the batch").err, proactor.ErrClosed, ErrLeft)
		if elapsed := time.Since(start); elapsed > 4*grace {
			s.Errorf("it took %v", elapsed)
		}
		s.goOn()
		must(s, f.Close())
		must(s, again.Close())
	})
}
