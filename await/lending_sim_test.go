//go:build unix

package await

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/sim"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// A stallingDisk is the disk of a simulated host, which stands still when the test says so, and a
// file on it. The clock is a bubble's.
type stallingDisk struct {
	*testing.T
	io      *IO
	host    *sim.Boot
	simDisk *sim.Disk
	f       *File
	data    []byte // of the file
}

// stallSize is more than is lent where only a context ends a transfer.
const stallSize = 64 << 10

// grace is what the kernel has to answer before it is left.
const grace = 5 * time.Millisecond

func onStallingDisk(t *testing.T, config proactor.Config, test func(s *stallingDisk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		host, err := sim.New(1, sim.Options{}).AddHost("test")
		must(t, err)
		started, err := hook.StartOn(config, opener(host.Boot()), host.Boot())
		must(t, err)
		s := &stallingDisk{T: t, io: started.(*IO), host: host.Boot(), simDisk: host.Disk(), data: testutil.FileContents(0, stallSize)}
		s.f, err = FileConfig{IO: s.io}.Open(background, "/file", os.O_RDWR|os.O_CREATE, 0o600)
		must(t, err)
		_, err = s.f.WriteAt(s.data, 0)
		must(t, err)
		test(s)
		s.goOn()
		if err := s.f.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			t.Error(err)
		}
		must(t, s.io.Close())
	})
}

// in50 is a context that ends in 50 ms.
func (s *stallingDisk) in50() context.Context {
	ctx, cancel := context.WithTimeout(background, 50*time.Millisecond)
	s.Cleanup(cancel)
	return ctx
}

// wantLeft wants call to be left when d has passed, and the grace.
func (s *stallingDisk) wantLeft(d time.Duration, cause error, call func() (int, error)) {
	s.Helper()
	start := time.Now()
	_, err := call()
	wantIs(s, err, cause, ErrLeft)
	if elapsed := time.Since(start); elapsed != d+grace {
		s.Errorf("the call took %v, want %v", elapsed, d+grace)
	}
}

// wantLent wants so many bytes to be lent.
func (s *stallingDisk) wantLent(n uint64) {
	s.Helper()
	synctest.Wait()
	if got := s.io.Stats().LentBytes; got != n {
		s.Errorf("%d bytes are lent, want %d", got, n)
	}
}

// goOn lets the disk go on, and waits until it has.
func (s *stallingDisk) goOn() {
	s.simDisk.Unstall()
	time.Sleep(time.Second)
}

func TestLeftTransferLeavesItsCallersMemoryAlone(t *testing.T) {
	onStallingDisk(t, proactor.Config{}, func(s *stallingDisk) {
		s.simDisk.Stall()
		p := make([]byte, 4096)
		testutil.Poison(p)
		parts := [][]byte{make([]byte, 100), make([]byte, 200)}
		for _, part := range parts {
			testutil.Poison(part)
		}
		s.wantLeft(50*time.Millisecond, context.DeadlineExceeded, func() (int, error) { return s.f.ReadAtContext(s.in50(), p, 0) })
		s.wantLeft(50*time.Millisecond, context.DeadlineExceeded, func() (int, error) { return s.f.ReadVAt(s.in50(), parts, 0) })
		s.wantLeft(50*time.Millisecond, context.DeadlineExceeded, func() (int, error) {
			return 0, s.f.ReadAtBatch(s.in50(), []FileRange{{Buf: p[:1000]}, {Buf: p[1000:], Offset: 10}})
		})
		time.Sleep(time.Second)
		s.wantLent(4 * 4096)
		if stats := s.io.Stats(); stats.Left != 4 || stats.Stuck != 4 {
			t.Errorf("%d calls were left, %d are stuck, want 4", stats.Left, stats.Stuck)
		}
		s.goOn()
		s.wantLent(0)
		testutil.CheckPoison(t, p)
		for _, part := range parts {
			testutil.CheckPoison(t, part)
		}
		if late := s.io.Stats().Late; late != 4 {
			t.Errorf("%d calls were late, want 4", late)
		}
		n, err := s.f.ReadAtContext(s.in50(), p, 3)
		wantCount(t, "a read when all is well", n, err, len(p))
		if !bytes.Equal(p, s.data[3:3+len(p)]) {
			t.Error("it has read something else")
		}
	})
}

func TestLeftWriteMayHappen(t *testing.T) {
	onStallingDisk(t, proactor.Config{}, func(s *stallingDisk) {
		s.simDisk.Stall()
		p := []byte("written all the same")
		s.wantLeft(50*time.Millisecond, context.DeadlineExceeded, func() (int, error) { return s.f.WriteAtContext(s.in50(), p, 100) })
		clear(p) // is the caller's again
		s.goOn()
		n, err := s.f.ReadAt(p, 100)
		wantCount(t, "a read", n, err, len(p))
		if string(p) != "written all the same" {
			t.Errorf("the file has %q", p)
		}
	})
}

// While a file has a deadline, a transfer of any size is lent, in parts.
func TestDeadlineOfAFileOnADiskEndsATransferOfAnySize(t *testing.T) {
	onStallingDisk(t, proactor.Config{}, func(s *stallingDisk) {
		s.simDisk.Stall()
		p := make([]byte, stallSize)
		testutil.Poison(p)
		must(t, s.f.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
		s.wantLeft(50*time.Millisecond, os.ErrDeadlineExceeded, func() (int, error) { return s.f.ReadAt(p, 0) })
		_, err := s.f.ReadAt(p, 0)
		wantDeadline(t, err)
		if errors.Is(err, ErrLeft) {
			t.Errorf("a read after the deadline was begun: %v", err)
		}
		must(t, s.f.SetReadDeadline(time.Now().Add(time.Hour)))
		moved := later(func() (int, error) { return s.f.ReadAt(p, 0) })
		time.Sleep(time.Minute)
		must(t, s.f.SetReadDeadline(past))
		wantIs(t, receive(t, moved, "the end of a read whose deadline was moved").err, os.ErrDeadlineExceeded, ErrLeft)
		s.wantLent(2 * stallSize)
		s.goOn()
		s.wantLent(0)
		testutil.CheckPoison(t, p)
		must(t, s.f.SetDeadline(time.Time{}))
	})
}

func TestCloseLeavesTransfersOfADisk(t *testing.T) {
	onStallingDisk(t, proactor.Config{}, func(s *stallingDisk) {
		s.simDisk.Stall()
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		p := make([]byte, 4096)
		testutil.Poison(p)
		read := later(func() (int, error) { return s.f.ReadAtContext(ctx, p, 0) })
		time.Sleep(time.Second)
		s.wantLeft(0, ErrLeft, func() (int, error) { return 0, s.f.Close() })
		wantIs(t, receive(t, read, "the end of a read").err, os.ErrClosed, ErrLeft)
		s.goOn()
		testutil.CheckPoison(t, p)
		s.wantLent(0)
	})
}

// A transfer that began with its caller's own memory is waited for.
func TestHeldTransfer(t *testing.T) {
	onStallingDisk(t, proactor.Config{}, func(s *stallingDisk) {
		s.simDisk.Stall()
		s.wantLeft(50*time.Millisecond, context.DeadlineExceeded, func() (int, error) { return s.f.ReadAtContext(s.in50(), make([]byte, 1), 0) })
		p := make([]byte, stallSize)
		ctx, cancel := context.WithTimeout(background, 50*time.Millisecond)
		defer cancel()
		read := later(func() (int, error) { return s.f.ReadAtContext(ctx, p, 0) })
		time.Sleep(time.Second)
		if len(read) > 0 {
			t.Fatal("a read ended that the disk has memory of")
		}
		if stats := s.io.Stats(); stats.Held != 1 || stats.Left != 1 || stats.LentBytes != 4096 {
			t.Errorf("held: %d, left: %d, lent: %d; want one held, and one left", stats.Held, stats.Left, stats.LentBytes)
		}
		closing, stop := context.WithTimeout(background, 10*time.Millisecond)
		defer stop()
		wantIs(t, s.f.CloseContext(closing), ErrLeft, context.DeadlineExceeded) // it does not wait for it
		if held := s.io.Stats().Held; held != 1 {
			t.Errorf("%d are held, want the one that was not left", held)
		}
		s.goOn()
		o := receive(t, read, "the read")
		wantCount(t, "the read", o.n, o.err, len(p))
		if !bytes.Equal(p, s.data) || s.io.Stats().Held != 0 {
			t.Errorf("it has read something else, or %d are held", s.io.Stats().Held)
		}
	})
}

// On a device that is late transfers of any size are lent.
func TestLateDevice(t *testing.T) {
	onStallingDisk(t, proactor.Config{}, func(s *stallingDisk) {
		s.simDisk.Stall()
		ctx, cancel := context.WithCancel(background)
		first := later(func() (int, error) { return s.f.ReadAtContext(ctx, make([]byte, 1), 0) })
		time.Sleep(200 * time.Millisecond)
		p := make([]byte, stallSize)
		testutil.Poison(p)
		s.wantLeft(50*time.Millisecond, context.DeadlineExceeded, func() (int, error) { return s.f.ReadAtContext(s.in50(), p, 0) })
		cancel()
		wantIs(t, receive(t, first, "the first").err, ErrLeft)
		s.goOn()
		testutil.CheckPoison(t, p)
		held := later(func() (int, error) {
			s.simDisk.Stall()
			return s.f.ReadAtContext(s.in50(), p, 0)
		})
		time.Sleep(time.Second)
		if s.io.Stats().Held != 1 {
			t.Error("the device is still late")
		}
		s.goOn()
		o := receive(t, held, "the last")
		wantCount(t, "the last", o.n, o.err, len(p))
	})
}

// A sequential read that was left keeps its turn, and what it read nobody has missed.
func TestLeftReadKeepsThePosition(t *testing.T) {
	onStallingDisk(t, proactor.Config{}, func(s *stallingDisk) {
		s.simDisk.Stall()
		p := make([]byte, 10)
		s.wantLeft(50*time.Millisecond, context.DeadlineExceeded, func() (int, error) { return s.f.ReadContext(s.in50(), p) })
		_, err := s.f.ReadContext(s.in50(), p)
		wantIs(t, err, context.DeadlineExceeded)
		if errors.Is(err, ErrLeft) {
			t.Errorf("two calls had the position: %v", err)
		}
		s.goOn()
		n, err := s.f.ReadContext(s.in50(), p)
		wantCount(t, "a read", n, err, len(p))
		if !bytes.Equal(p, s.data[:10]) {
			t.Errorf("got %q, want what was left", p)
		}
	})
}

func TestLentMemoryIsBounded(t *testing.T) {
	onStallingDisk(t, proactor.Config{LentMax: 1 << 20}, func(s *stallingDisk) {
		s.simDisk.Stall()
		must(t, s.f.SetReadDeadline(time.Now().Add(time.Hour)))
		var reads []<-chan outcome
		for range 4 {
			reads = append(reads, later(func() (int, error) { return s.f.ReadAt(make([]byte, stallSize), 0) }))
		}
		s.wantLent(1 << 18) // a quarter
		_, err := s.f.ReadAtContext(s.in50(), make([]byte, 1), 0)
		wantIs(t, err, context.DeadlineExceeded)
		if errors.Is(err, ErrLeft) {
			t.Errorf("a read went past the bound: %v", err)
		}
		next := later(func() (int, error) { return s.f.ReadAt(make([]byte, 10), 0) })
		batch := later(func() (int, error) { return 0, s.f.ReadAtBatch(background, []FileRange{{Buf: make([]byte, 10)}}) })
		time.Sleep(time.Second)
		s.wantLent(1 << 18)
		s.goOn()
		for _, read := range reads {
			o := receive(t, read, "a read")
			wantCount(t, "a read", o.n, o.err, stallSize)
		}
		o := receive(t, next, "the read in line")
		wantCount(t, "the read in line", o.n, o.err, 10)
		must(t, receive(t, batch, "the batch").err)
		s.wantLent(0)
	})
}

// A batch that lends more than there is collects what it has first.
func TestBatchOfMoreThanIsLent(t *testing.T) {
	onStallingDisk(t, proactor.Config{LentMax: 1 << 20}, func(s *stallingDisk) {
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		ranges := make([]FileRange, 500)
		for i := range ranges {
			ranges[i] = FileRange{Buf: make([]byte, 4096), Offset: int64(i)}
		}
		must(t, s.f.ReadAtBatch(ctx, ranges))
		for i, r := range ranges {
			if r.N != 4096 || !bytes.Equal(r.Buf, s.data[i:i+4096]) {
				t.Fatalf("range %d has %d bytes", i, r.N)
			}
		}
		s.wantLent(0)
	})
}

func TestBufferIsTakenAway(t *testing.T) {
	onStallingDisk(t, proactor.Config{}, func(s *stallingDisk) {
		b := NewBuffer(stallSize)
		s.simDisk.Stall()
		s.wantLeft(50*time.Millisecond, context.DeadlineExceeded, func() (int, error) { return s.f.ReadBufferAt(s.in50(), b, 0) })
		testutil.Poison(b.Bytes())
		kept := NewBuffer(10)
		copy(kept.Bytes(), "kept bytes")
		s.wantLeft(50*time.Millisecond, context.DeadlineExceeded, func() (int, error) { return s.f.WriteBufferAt(s.in50(), kept, 0) })
		if string(kept.Bytes()) != "kept bytes" {
			t.Errorf("what was to be written is now %q", kept.Bytes())
		}
		copy(kept.Bytes(), "other ones")
		s.goOn()
		testutil.CheckPoison(t, b.Bytes())
		n, err := s.f.ReadBufferAt(background, kept, 0)
		wantCount(t, "a read", n, err, 10)
		if string(kept.Bytes()) != "kept bytes" {
			t.Errorf("the file has %q", kept.Bytes())
		}
	})
}

func TestBufferIsOneCallsAtATime(t *testing.T) {
	onStallingDisk(t, proactor.Config{}, func(s *stallingDisk) {
		s.simDisk.Stall()
		b := NewBuffer(10)
		read := later(func() (int, error) { return s.f.ReadBufferAt(background, b, 0) })
		time.Sleep(time.Second)
		_, err := s.f.ReadBufferAt(background, b, 0)
		wantIs(t, err, proactor.ErrInUse)
		_, err = s.f.ReadBufferAt(background, nil, 0)
		wantIs(t, err, os.ErrInvalid)
		_, err = s.f.WriteBufferAt(background, b, -1)
		if err == nil {
			t.Error("wrote at a negative offset")
		}
		s.goOn()
		o := receive(t, read, "the read")
		wantCount(t, "the read", o.n, o.err, 10)
	})
}

// What was left when its IO is closed keeps its memory, and Close does not wait for it.
func TestCloseOfTheIOLeavesTransfersOfADisk(t *testing.T) {
	onStallingDisk(t, proactor.Config{}, func(s *stallingDisk) {
		s.simDisk.Stall()
		p := make([]byte, 4096)
		testutil.Poison(p)
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		read := later(func() (int, error) { return s.f.ReadAtContext(ctx, p, 0) })
		time.Sleep(time.Second)
		start := time.Now()
		err := s.io.Shutdown(s.in50())
		if elapsed := time.Since(start); elapsed > 50*time.Millisecond+4*grace {
			t.Errorf("Shutdown took %v", elapsed)
		}
		wantIs(t, receive(t, read, "the end of a read").err, proactor.ErrClosed, ErrLeft)
		var left *LeftError
		if !errors.As(err, &left) || len(left.Operations) != 1 || left.Operations[0].Target != "/file" {
			t.Errorf("%v tells of %+v, want the read", err, left)
		}
		s.goOn()
		testutil.CheckPoison(t, p)
	})
}
