//go:build unix

package await

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/sim"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// A sequential write that was left still happens, and the next one goes behind it.
func TestWriteAfterOneThatWasLeft(t *testing.T) {
	onStallingDisk(t, proactor.Config{}, func(s *stallingDisk) {
		s.simDisk.Stall()
		s.wantLeft(50*time.Millisecond, context.DeadlineExceeded, func() (int, error) { return s.f.WriteContext(s.in50(), []byte("left, ")) })
		_, err := s.f.WriteContext(s.in50(), []byte("lost"))
		wantIs(s, err, context.DeadlineExceeded)
		wantIsNot(s, err, ErrLeft) // it waited for its turn
		next := later(func() (int, error) { return s.f.Write([]byte("next")) })
		time.Sleep(time.Second)
		s.goOn()
		o := receive(s, next, "the next write")
		wantCount(s, "the next write", o.n, o.err, 4)
		got := make([]byte, 10)
		n, err := s.f.ReadAt(got, 0)
		wantCount(s, "a read", n, err, len(got))
		if string(got) != "left, next" {
			s.Errorf("the file has %q", got)
		}
	})
}

// An append is one write. One that would have to be parted has its caller's memory, and is waited for.
func TestAppendsAreNotParted(t *testing.T) {
	onStallingDisk(t, proactor.Config{LentMax: 1 << 20}, func(s *stallingDisk) { // a file has a quarter
		f, err := FileConfig{IO: s.io}.Open(background, "/log", os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
		must(s, err)
		must(s, f.SetWriteDeadline(time.Now().Add(50*time.Millisecond)))
		s.simDisk.Stall()
		whole := bytes.Repeat([]byte("a"), 1<<18)
		s.wantLeft(50*time.Millisecond, os.ErrDeadlineExceeded, func() (int, error) { return f.Write(whole) })
		s.wantLent(1 << 18)
		s.goOn()
		must(s, f.SetWriteDeadline(time.Now().Add(50*time.Millisecond)))
		s.simDisk.Stall()
		more := bytes.Repeat([]byte("b"), 1<<18+1)
		written := later(func() (int, error) { return f.Write(more) })
		time.Sleep(time.Second)
		if stats := s.io.Stats(); len(written) > 0 || stats.Held != 1 || stats.LentBytes != 0 {
			s.Errorf("ended: %d, held: %d, lent: %d bytes; want it held", len(written), stats.Held, stats.LentBytes)
		}
		s.goOn()
		o := receive(s, written, "the append")
		wantCount(s, "the append", o.n, o.err, len(more))
		must(s, f.SetDeadline(time.Time{}))
		got := make([]byte, len(whole)+len(more))
		n, err := f.ReadAt(got, 0)
		wantCount(s, "a read", n, err, len(got))
		if !bytes.Equal(got, append(whole, more...)) {
			s.Error("the log has other records")
		}
		must(s, f.Close())
	})
}

// What was transferred of a call before the disk stood still is counted.
func TestLeftCallTellsWhatItHasDone(t *testing.T) {
	const part = 256 << 10 // what goes at once
	for name, call := range map[string]func(f *File, p []byte) (int, error){
		"read":  func(f *File, p []byte) (int, error) { return f.ReadAt(p, 0) },
		"write": func(f *File, p []byte) (int, error) { return f.WriteAt(p, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			onStallingDisk(t, proactor.Config{}, func(s *stallingDisk) {
				p := testutil.FileContents(0, 3*part)
				_, err := s.f.WriteAt(p, 0)
				must(s, err)
				must(s, s.f.Sync())
				must(s, s.f.SetDeadline(time.Now().Add(50*time.Millisecond)))
				config := s.simDisk.Config()
				config.Write, config.Read = sim.Fixed(10*time.Millisecond), sim.Fixed(10*time.Millisecond)
				s.simDisk.Set(config)
				go func() {
					time.Sleep(15 * time.Millisecond)
					s.simDisk.Stall()
				}()
				n, err := call(s.f, p)
				wantIs(s, err, os.ErrDeadlineExceeded, ErrLeft)
				if n != part {
					s.Errorf("%d bytes were transferred, want one part", n)
				}
				if !bytes.Equal(p, testutil.FileContents(0, 3*part)) {
					s.Error("the bytes are others")
				}
				must(s, s.f.SetDeadline(time.Time{}))
			})
		})
	}
}

// LendNever copies nothing, and waits.
func TestLendNeverWaits(t *testing.T) {
	onStallingDisk(t, proactor.Config{}, func(s *stallingDisk) {
		f, err := FileConfig{IO: s.io, Lending: LendNever}.Open(background, "/file", os.O_RDWR, 0)
		must(s, err)
		s.simDisk.Stall()
		p := make([]byte, 100)
		read := later(func() (int, error) { return f.ReadAtContext(s.in50(), p, 7) })
		batch := later(func() (int, error) { return 0, f.ReadAtBatch(s.in50(), []FileRange{{Buf: make([]byte, 10)}}) })
		time.Sleep(time.Second)
		if len(read)+len(batch) > 0 || s.io.Stats().LentBytes != 0 {
			s.Errorf("%d calls ended, %d bytes were lent", len(read)+len(batch), s.io.Stats().LentBytes)
		}
		s.goOn()
		o := receive(s, read, "the read")
		wantCount(s, "the read", o.n, o.err, len(p))
		must(s, receive(s, batch, "the batch").err)
		if !bytes.Equal(p, s.data[7:107]) {
			s.Error("it has read something else")
		}
		must(s, f.Close())
	})
}

// Ranges of a batch that are too large to be lent are waited for; the others are not.
func TestBatchHoldsWhatIsNotLent(t *testing.T) {
	onStallingDisk(t, proactor.Config{}, func(s *stallingDisk) {
		s.simDisk.Stall()
		ranges := []FileRange{
			{Buf: make([]byte, lentSize)},
			{Buf: make([]byte, lentSize+1)},
			{Buf: make([]byte, lentSize+1), Offset: 10},
			{Buf: make([]byte, 10), Offset: 5},
		}
		testutil.Poison(ranges[3].Buf)
		batch := later(func() (int, error) { return 0, s.f.ReadAtBatch(s.in50(), ranges) })
		time.Sleep(time.Second)
		if stats := s.io.Stats(); len(batch) > 0 || stats.Held != 2 || stats.Left != 1 {
			s.Errorf("ended: %d, held: %d, left: %d; want the first left, and two waited for", len(batch), stats.Held, stats.Left)
		}
		s.goOn()
		wantIs(s, receive(s, batch, "the batch").err, context.DeadlineExceeded, ErrLeft)
		for i, r := range ranges[1:3] {
			if r.Err != nil || !bytes.Equal(r.Buf, s.data[r.Offset:int(r.Offset)+len(r.Buf)]) {
				s.Errorf("range %d: %v, or other bytes", i+1, r.Err)
			}
		}
		if held := s.io.Stats().Held; held != 0 {
			s.Errorf("%d are held when all have ended", held)
		}
		if errors.Is(ranges[3].Err, ErrLeft) {
			testutil.CheckPoison(s, ranges[3].Buf)
		} else if !bytes.Equal(ranges[3].Buf, s.data[5:15]) {
			s.Errorf("the last range: %v, or other bytes", ranges[3].Err)
		}
		s.wantLent(0)
	})
}
