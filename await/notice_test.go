//go:build unix

package await

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime/trace"
	"strings"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// openNoticed is an IO whose notices come through a channel.
func openNoticed(t *testing.T, config Config) (*IO, <-chan proactor.Notice) {
	t.Helper()
	notices := make(chan proactor.Notice, 1000)
	config.OnNotice = func(n proactor.Notice) { notices <- n }
	return open(t, config), notices
}

// nextNotice is the next notice of a kind.
func nextNotice(t *testing.T, notices <-chan proactor.Notice, kind proactor.NoticeKind) proactor.Notice {
	t.Helper()
	for {
		if n := receive(t, notices, string(kind)); n.Kind == kind {
			return n
		}
	}
}

func TestNoticesOfTheLoops(t *testing.T) {
	testutil.CheckLeaks(t)
	notices := make(chan proactor.Notice, 100)
	io, err := start(t, Config{Loops: 2, OnNotice: func(n proactor.Notice) { notices <- n }})
	must(t, err)
	loops := 0
	for range 2 {
		n := nextNotice(t, notices, proactor.NoticeStarted)
		loops += n.Loop
		if n.Backend == "" || n.Time.IsZero() || !strings.Contains(n.String(), n.Backend) {
			t.Errorf("started: %+v, %q", n, n)
		}
	}
	must(t, io.Close())
	for range 2 {
		n := nextNotice(t, notices, proactor.NoticeEnded)
		loops += n.Loop
		wantIs(t, n.Err)
	}
	if loops != 2 {
		t.Errorf("the numbers of the loops that started and ended add up to %d, want 2", loops)
	}
}

// A call on a file that takes long is told of once while it runs and once at its end; one on a
// pipe, which may wait for anybody, is not.
func TestNoticeOfASlowCall(t *testing.T) {
	io, notices := openNoticed(t, Config{SlowAfter: 30 * time.Millisecond})
	r, w, err := io.Pipe()
	must(t, err)
	waiting := later(func() (int, error) { return r.Read(make([]byte, 1)) })
	name := filepath.Join(tempDir(t), "slow")
	f := openFile(t, io, name, os.O_RDWR|os.O_CREATE)
	release := make(chan struct{})
	calling := later(func() (int, error) {
		return 0, f.block(background, "fallocate", func(int) error { <-release; return nil })
	})
	n := nextNotice(t, notices, proactor.NoticeSlow)
	if n.Operation.Op != "fallocate" || n.Operation.Target != name || n.Took < 30*time.Millisecond || n.Operation.State != proactor.StateRunning {
		t.Errorf("told of %+v", n)
	}
	if want := "slow operation: fallocate " + name + " for "; !strings.HasPrefix(n.String(), want) {
		t.Errorf("in words: %q, want %q", n, want)
	}
	close(release)
	receive(t, calling, "end of the call")
	if end := nextNotice(t, notices, proactor.NoticeSlowEnded); end.Operation.Target != name || end.Took < n.Took {
		t.Errorf("told of the end of %+v", end)
	}
	must(t, w.Close())
	receive(t, waiting, "end of the read")
	must(t, r.Close())
	for len(notices) > 0 {
		if n := <-notices; n.Kind == proactor.NoticeSlow || n.Kind == proactor.NoticeSlowEnded {
			t.Errorf("told twice, or of a pipe: %v", n)
		}
	}
}

func TestNoticeOfALoopThatStandsStill(t *testing.T) {
	io, notices := openNoticed(t, Config{Loops: 2, SlowAfter: 30 * time.Millisecond})
	release := make(chan struct{})
	var c proactor.Completion
	must(t, proactorOf(t, io, 1).NextTick(&c, func(*proactor.Completion, proactor.Result) { <-release }))
	n := nextNotice(t, notices, proactor.NoticeStalled)
	if n.Loop != 1 || n.Phase != proactor.PhaseCallbacks || n.Took < 30*time.Millisecond || !strings.Contains(n.Stacks, "TestNoticeOfALoopThatStandsStill") {
		t.Errorf("told of loop %d in %s for %v, with %d bytes of stacks", n.Loop, n.Phase, n.Took, len(n.Stacks))
	}
	close(release)
	if n := nextNotice(t, notices, proactor.NoticeGoesOn); n.Loop != 1 {
		t.Errorf("loop %d goes on", n.Loop)
	}
}

// Ten notices of a kind in a second are told, and the others counted, however slow the one is
// who is told.
func TestNoticesAreBounded(t *testing.T) {
	release := make(chan struct{})
	notices := make(chan proactor.Notice, 1000)
	io := open(t, Config{OnNotice: func(n proactor.Notice) { notices <- n; <-release }})
	const sent = 1000
	for range sent {
		io.loops.Notify(proactor.Notice{Kind: proactor.NoticeSlow})
	}
	close(release)
	got, suppressed := uint64(0), uint64(0)
	testutil.Eventually(t, patience, func() bool {
		io.loops.Notify(proactor.Notice{Kind: proactor.NoticeSlow, Took: 1})
		for len(notices) > 0 {
			if n := <-notices; n.Kind == proactor.NoticeSlow {
				got, suppressed = got+1, suppressed+n.Suppressed
			}
		}
		return got+suppressed > sent
	}, "all are told or counted")
	if got > 100 {
		t.Errorf("%d of %d were told", got, sent)
	}
}

// While a trace is on, a wait is a region of it.
func TestWaitsAreInTraces(t *testing.T) {
	if trace.IsEnabled() {
		t.Skip("the tests are traced themselves: go test -trace")
	}
	io := open(t, Config{})
	a, b := pairOn(t, io, "unix")
	isInTrace(t, io, a, b, "unix")
	b, a = watchedPair(t, io)
	isInTrace(t, io, a, b, "tcp4")
}

// isInTrace fails t unless a trace has a read of a, which waits until b writes.
func isInTrace(t *testing.T, io *IO, a, b *Conn, network string) {
	t.Helper()
	var out bytes.Buffer
	must(t, trace.Start(&out))
	reading := later(func() (int, error) { return a.Read(make([]byte, 1)) })
	wantListed(t, io, proactor.Operation{Op: "recv"})
	_, err := b.Write([]byte("x"))
	must(t, err)
	must(t, receive(t, reading, "the read").err)
	trace.Stop()
	if !bytes.Contains(out.Bytes(), []byte("await recv")) || !bytes.Contains(out.Bytes(), []byte("recv "+network+" ")) {
		t.Errorf("%s: the trace has no region of the read, or no target of it", network)
	}
}
