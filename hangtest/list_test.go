package hangtest

import (
	"context"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/proactor"
)

// From the list an operator learns which mount a call waits for, who made it, where in the kernel its
// thread is, and that its caller has left it.
func TestListOfCallsThatHang(t *testing.T) {
	s := newServer(t)
	aio := open(t, await.Config{})
	f, err := aio.Open(s.path("file"))
	must(t, err)
	s.freeze()
	ctx, stop := context.WithTimeout(context.Background(), time.Hour)
	defer stop()
	end, _ := ctx.Deadline()
	ended := make(chan error, 3)
	pprof.Do(ctx, pprof.Labels("tenant", "blue"), func(ctx context.Context) {
		go func() { _, err := aio.StatContext(ctx, s.path("file")); ended <- err }()
		go func() { _, err := f.ReadAtContext(ctx, make([]byte, 4), 4); ended <- err }()
	})
	go func() { _, err := aio.Stat(s.path("dir")); ended <- err }() // nothing can end it
	wait := func(what string, is func(o proactor.Operation) bool) {
		t.Helper()
		eventually(t, what, func() bool { return slices.ContainsFunc(aio.Operations(0), is) })
	}
	hangs := func(o proactor.Operation, op, file string) bool {
		return o.Op == op && o.Target == s.path(file) && o.Mount == s.at && o.Thread > 0 && strings.Contains(o.Wchan, "request_wait")
	}
	for _, op := range []string{"stat", "read"} {
		wait(op+" under way", func(o proactor.Operation) bool { return hangs(o, op, "file") && o.State == proactor.StateRunning })
	}
	stop()
	for op, size := range map[string]int{"stat": 0, "read": 4} {
		wait(op+" by a caller that has left", func(o proactor.Operation) bool {
			return hangs(o, op, "file") && o.State == proactor.StateLeft && o.Size == size && o.Deadline.Equal(end) && o.Labels["tenant"] == "blue"
		})
	}
	wait("stat on its caller's thread", func(o proactor.Operation) bool {
		return hangs(o, "stat", "dir") && o.State == proactor.StateRunning && o.Deadline.IsZero() && o.Labels == nil
	})
	s.thaw()
	for range cap(ended) {
		<-ended
	}
	eventually(t, "the list is empty", func() bool { return len(aio.Operations(0)) == 0 })
	must(t, f.Close())
}

// A read of a disk that stands still, which nothing can end, runs on its caller's thread. It is listed with
// that thread, and where it waits.
func TestListOfAReadThatNothingEnds(t *testing.T) {
	d := newStuckDisk(t)
	aio := open(t, await.Config{})
	f := d.file(aio, "read", await.FileConfig{}, 0)
	d.freeze()
	read := make(chan error, 1)
	go func() { _, err := f.ReadAt(make([]byte, 100), 4096); read <- err }()
	var o proactor.Operation
	eventually(t, "the read is listed with its thread", func() bool {
		all := aio.Operations(0)
		if len(all) == 1 {
			o = all[0]
		}
		return o.Thread != 0 && o.Wchan != ""
	})
	if o.Op != "read" || o.State != proactor.StateRunning || o.Target != filepath.Join(d.at, "read") || o.Mount != d.at || o.Size != 100 || o.Offset != 4096 {
		t.Errorf("%+v", o)
	}
	d.thaw()
	must(t, <-read)
	must(t, f.Close())
	d.ended(aio, false)
}
