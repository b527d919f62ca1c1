//go:build unix

package await

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// Calls on paths are counted, whether the caller's thread makes them or another one.
func TestKindsCountCallsOnPaths(t *testing.T) {
	io := open(t, Config{})
	dir := tempDir(t)
	const each = 40
	for range each {
		must(t, io.MkdirContext(t.Context(), filepath.Join(dir, "a"), 0o700))
		must(t, io.Remove(filepath.Join(dir, "a")))
		wantIs(t, io.Remove(filepath.Join(dir, "a")), os.ErrNotExist)
	}
	for op, want := range map[string]proactor.KindStats{
		"mkdir":  {Begun: each, Ended: each},
		"remove": {Begun: 2 * each, Ended: 2 * each, Failed: each},
	} {
		got := kindOf(io, op)
		if got.Begun != want.Begun || got.Ended != want.Ended || got.Failed != want.Failed || got.Canceled+got.TimedOut != 0 {
			t.Errorf("%s: %+v, want %+v", op, got, want)
		}
		if got.Latency.Count < each || got.Latency.Count > want.Ended || got.Latency.Sum == 0 {
			t.Errorf("%s: %d are timed, in %v", op, got.Latency.Count, got.Latency.Sum)
		}
	}
}

// A call that is left is counted once it has ended, as canceled.
func TestKindsCountCallsThatAreLeft(t *testing.T) {
	io := open(t, Config{})
	ctx, stop, _ := ending()
	goOn := make(chan struct{})
	left := later(func() (int, error) {
		return 0, io.loops.ByPath(ctx, "test", "/", func() error { <-goOn; return nil }, nil)
	})
	testutil.Eventually(t, patience, func() bool { return kindOf(io, "test").Begun == 1 }, "the call has begun")
	stop()
	wantIs(t, receive(t, left, "the end of the call").err, fdcall.ErrLeft)
	if k := kindOf(io, "test"); k.Begun != 1 || k.Ended != 0 {
		t.Errorf("under way: %+v", k)
	}
	close(goOn)
	testutil.Eventually(t, patience, func() bool { return kindOf(io, "test").Ended == 1 }, "the call has ended")
	if k := kindOf(io, "test"); k.Canceled != 1 || k.Failed != 0 {
		t.Errorf("ended: %+v", k)
	}
}
