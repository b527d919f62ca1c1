package hangtest

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
)

// brief is how long calls may take.
const brief = 50 * time.Millisecond

// wantEnd wants the end of a call that hangs. Late by how much is logged, and bounded by what a
// busy machine may add to the 10 ms that are promised.
func wantEnd(t *testing.T, name string, late time.Duration, err, cause error, cached bool) {
	t.Helper()
	switch {
	case cached && (err == nil || err == io.EOF):
		return
	case !errors.Is(err, cause) && !(os.IsTimeout(err) && cause == context.DeadlineExceeded):
		t.Errorf("%s: %v, want %v", name, err, cause)
	case late > patience:
		t.Errorf("%s is late by %v", name, late)
	case late > 10*time.Millisecond:
		t.Logf("%s is late by %v", name, late)
	}
}

func TestContextEndsEveryCall(t *testing.T) {
	s := newServer(t)
	aio := open(t, await.Config{StuckAfter: time.Hour, MountWorkers: 64})
	files := map[string]*await.File{}
	for name, c := range fileCalls {
		f, err := c.openFor(aio, s)
		must(t, err)
		files[name] = f
	}
	s.freeze()
	for name, call := range pathCalls(aio, s) {
		late, err := briefly(brief, call)
		wantEnd(t, name, late, err, context.DeadlineExceeded, false)
	}
	for name, c := range fileCalls {
		late, err := briefly(brief, func(ctx context.Context) error { return c.call(ctx, files[name]) })
		if name == "Close" && errors.Is(err, await.ErrLeft) {
			continue
		}
		wantEnd(t, "File."+name, late, err, context.DeadlineExceeded, c.cached)
	}
	s.thaw()
	eventually(t, "the calls that were left end", func() bool { return idle(aio, s) })
	for name, f := range files {
		if err := f.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			t.Errorf("Close after %s: %v", name, err)
		}
	}
}

func TestDeadlineEndsEveryTransfer(t *testing.T) {
	s := newServer(t)
	aio := open(t, await.Config{})
	for name, c := range fileCalls {
		if c.timed == nil {
			continue
		}
		f, err := c.openFor(aio, s)
		must(t, err)
		s.freeze()
		end := time.Now().Add(brief)
		must(t, c.timed(f, end))
		err = c.call(context.Background(), f)
		wantEnd(t, name, time.Since(end), err, os.ErrDeadlineExceeded, c.cached)
		s.thaw()
		eventually(t, "the call that was left ends", func() bool { return idle(aio, s) })
		must(t, f.SetDeadline(time.Time{}))
		must(t, f.Close())
	}
}

func TestCloseEndsEveryCall(t *testing.T) {
	s := newServer(t)
	aio := open(t, await.Config{})
	for name, c := range fileCalls {
		if name == "Close" {
			continue
		}
		f, err := c.openFor(aio, s)
		must(t, err)
		s.freeze()
		ended := make(chan error, 1)
		go func() { ended <- c.call(context.Background(), f) }()
		time.Sleep(brief)
		began := time.Now()
		if _, err := briefly(brief, f.CloseContext); err != nil && !errors.Is(err, await.ErrLeft) {
			t.Errorf("Close during %s: %v", name, err)
		}
		wantEnd(t, name, time.Since(began), <-ended, os.ErrClosed, c.cached)
		s.thaw()
		eventually(t, "the call that was left ends", func() bool { return idle(aio, s) })
	}
}

func TestCloseOfTheIOEndsEveryCall(t *testing.T) {
	s := newServer(t)
	aio := open(t, await.Config{})
	f, err := aio.OpenFile(s.path("file"), os.O_RDWR, 0)
	must(t, err)
	s.freeze()
	ctx := t.Context()
	var ended []chan error
	begin := func(call func() error) {
		end := make(chan error, 1)
		ended = append(ended, end)
		go func() { end <- call() }()
	}
	for _, call := range pathCalls(aio, s) {
		begin(func() error { return call(ctx) })
	}
	for _, name := range []string{"ReadAt", "WriteAt", "Stat", "Truncate"} {
		begin(func() error { return fileCalls[name].call(context.Background(), f) })
	}
	time.Sleep(brief)
	began := time.Now()
	must(t, aio.Close())
	t.Logf("Close took %v", time.Since(began))
	for _, end := range ended {
		select {
		case err := <-end:
			if err != nil && !errors.Is(err, os.ErrClosed) && !errors.Is(err, await.ErrStuck) {
				t.Error(err)
			}
		case <-time.After(patience):
			t.Fatal("a call has not ended")
		}
	}
	if err := f.Close(); !errors.Is(err, await.ErrLeft) {
		t.Errorf("Close of the file: %v", err)
	}
	s.thaw()
}
