//go:build unix

package readiness

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

// openEngine is an engine that t closes.
func openEngine(t *testing.T) *Engine {
	t.Helper()
	testutil.CheckLeaks(t)
	poller, err := openPoller()
	if err != nil {
		t.Skipf("no poller on this system: %v", err)
	}
	e := New(poller, 1)
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// next is the next event of e.
func next(t *testing.T, e *Engine) backend.Event {
	t.Helper()
	var events [1]backend.Event
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if e.Reap(events[:]) == 1 {
			return events[0]
		}
		if err := e.Wait(time.Now().Add(10 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("no event")
	panic("unreachable")
}

// late has a read of fd go on an errand, which finds nothing before the read is
// cancelled, and reads s after that.
func late(t *testing.T, e *Engine, fd int, s string) {
	t.Helper()
	r := &backend.Request{Token: backend.Token{Index: 0, Generation: 1}, Op: backend.OpRead, FD: fd, Buf: make([]byte, 100), Offset: -1}
	if _, err := e.Submit([]*backend.Request{r}); err != nil {
		t.Fatal(err)
	}
	l := e.lines.at(fd)
	l.reader = &errand{fd: fd, events: unix.POLLIN, buf: []byte(s), n: len(s)}
	e.Cancel(r.Token, backend.TokenNone)
	if got := next(t, e); got.Token != r.Token || got.Result != -int(unix.ECANCELED) {
		t.Fatalf("the cancelled read: %+v", got)
	}
	l.reader.file, _ = identify(fd)
	e.errands.add(l.reader)
	e.collect()
}

// What was read for a read that was cancelled is the next one's, in as many parts as
// that takes, and before what comes later.
func TestNextReadGetsWhatAnErrandRead(t *testing.T) {
	e := openEngine(t)
	r, w := testutil.Pipe(t)
	late(t, e, r, "first")
	mustWrite(t, w, "second")
	p := make([]byte, 3)
	for _, want := range []string{"fir", "st", "sec", "ond"} {
		q := &backend.Request{Token: backend.Token{Index: 1, Generation: 1}, Op: backend.OpReadV, FD: r, Msg: &backend.Message{Buffers: [][]byte{p[:1], p[1:]}}, Offset: -1}
		if _, err := e.Submit([]*backend.Request{q}); err != nil {
			t.Fatal(err)
		}
		if n := next(t, e).Result; n != len(want) || string(p[:n]) != want {
			t.Errorf("read %d bytes, %q; want %q", n, p, want)
		}
	}
}

// It is not the next one's of another file that has got the number.
func TestAnotherFileGetsNothingOfAnErrand(t *testing.T) {
	e := openEngine(t)
	r, _ := testutil.Pipe(t)
	other, w := testutil.Pipe(t)
	late(t, e, r, "first")
	mustWrite(t, w, "other")
	testutil.Disown(t, r)
	if err := unix.Dup2(other, r); err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, r)
	p := make([]byte, 10)
	q := &backend.Request{Token: backend.Token{Index: 1, Generation: 1}, Op: backend.OpRead, FD: r, Buf: p, Offset: -1}
	if _, err := e.Submit([]*backend.Request{q}); err != nil {
		t.Fatal(err)
	}
	if n := next(t, e).Result; n != 5 || string(p[:n]) != "other" {
		t.Errorf("read %d bytes, %q", n, p)
	}
}
