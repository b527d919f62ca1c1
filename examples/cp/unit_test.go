package main

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/awaitio/awaitio/examples/internal/program"
	"github.com/awaitio/awaitio/internal/testutil"
)

func TestSize(t *testing.T) {
	for text, want := range map[string]size{
		"512": 512, "512B": 512, "4K": 4096, "4KiB": 4096, "256KiB": 256 << 10, "1MiB": 1 << 20, "1G": 1 << 30,
	} {
		var s size
		if err := s.Set(text); err != nil || s != want {
			t.Errorf("%q: got %d, %v, want %d", text, s, err, want)
		}
	}
	for _, text := range []string{"", "KiB", "511", "2GiB", "-4K", "4KK", "1.5M", "4KB"} {
		var s size
		if err := s.Set(text); err == nil {
			t.Errorf("%q: got %d, want an error", text, s)
		}
	}
	for n, want := range map[int64]string{0: "0B", 1023: "1023B", 4096: "4KiB", 1536 << 10: "1.5MiB", 5 << 30: "5GiB"} {
		if got := formatBytes(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

func TestIsZero(t *testing.T) {
	buf := make([]byte, 4096)
	if !isZero(buf) {
		t.Error("zeros are none")
	}
	for _, i := range []int{0, 1, 4095} {
		buf[i] = 1
		if isZero(buf) {
			t.Errorf("a byte at %d was overlooked", i)
		}
		buf[i] = 0
	}
}

func TestNoMoreBlocksThanWanted(t *testing.T) {
	const parallel, blocks = 4, 50
	c := newCopier(options{parallel: parallel, block: 512}, silence{}, time.Now())
	var now, seen atomic.Int64
	err := c.eachBlock(t.Context(), blocks*512-1, func(_ context.Context, buf []byte, off int64) error {
		if n := now.Add(1); n > parallel {
			t.Errorf("%d at the same time", n)
		}
		time.Sleep(time.Millisecond)
		now.Add(-1)
		seen.Add(int64(len(buf)))
		return nil
	})
	if err != nil || seen.Load() != blocks*512-1 {
		t.Errorf("got %d bytes, %v", seen.Load(), err)
	}
}

func TestFirstErrorEndsAFile(t *testing.T) {
	c := newCopier(options{parallel: 2, block: 512}, silence{}, time.Now())
	var calls atomic.Int64
	err := c.eachBlock(t.Context(), 1<<40, func(context.Context, []byte, int64) error {
		calls.Add(1)
		return syscall.EIO
	})
	if err != syscall.EIO || calls.Load() > 4 {
		t.Errorf("got %v after %d calls", err, calls.Load())
	}
}

// No space: the next file would meet the same. Otherwise the others are copied.
func TestErrorsThatEndEverything(t *testing.T) {
	for _, c := range []struct {
		err   error
		calls int64
		ends  bool
	}{
		{syscall.ENOSPC, 1, true},
		{syscall.EACCES, 3, false},
	} {
		var calls atomic.Int64
		copier := newCopier(options{parallel: 1, block: 512}, silence{}, time.Now())
		err := copier.each(t.Context(), make([]entry, 3), func(context.Context, entry) error {
			calls.Add(1)
			return c.err
		})
		if calls.Load() != c.calls || (err != nil) != c.ends {
			t.Errorf("%v: got %v after %d calls, want %d", c.err, err, calls.Load(), c.calls)
		}
	}
	if got := explain(syscall.ENOSPC).Error(); !strings.Contains(got, "make room") {
		t.Errorf("got %q", got)
	}
	if !errors.Is(explain(syscall.ENOSPC), syscall.ENOSPC) {
		t.Error("the cause is lost")
	}
}

func TestLinesTellOfTheProgress(t *testing.T) {
	var out program.Output
	l := newLines(&out, &plan{files: make([]entry, 3), bytes: 3 << 20}, time.Millisecond)
	defer l.close()
	l.add(1 << 20)
	l.file()
	testutil.Eventually(t, program.Patience, func() bool {
		return strings.Contains(out.String(), "1 of 3 files, 1MiB of 3MiB\n")
	}, "a line")
}

func TestBarEndsInAnyCase(t *testing.T) {
	for _, done := range []int64{0, 5, 10} {
		var out program.Output
		b := newBar(&out, &plan{files: make([]entry, 1), bytes: 10})
		b.add(done)
		b.file()
		b.note("told")
		b.close()
	}
}
