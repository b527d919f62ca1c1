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

// A read that waits on a number has neither the bytes nor the error nor the end that an errand
// met on the file that had the number before.
func TestAReadOfAnotherFileHasNothingOfAnErrand(t *testing.T) {
	for name, end := range map[string]errand{"bytes": {n: 1}, "an error": {err: unix.EIO}, "an end": {}} {
		t.Run(name, func(t *testing.T) {
			e := openEngine(t)
			before, _ := testutil.Pipe(t)
			r, w := testutil.Pipe(t)
			q := &backend.Request{Token: backend.Token{Index: 1, Generation: 1}, Op: backend.OpRead, FD: r, Buf: make([]byte, 10), Offset: -1}
			if _, err := e.Submit([]*backend.Request{q}); err != nil {
				t.Fatal(err)
			}
			end.fd, end.buf = r, []byte("x")
			end.file, _ = identify(before)
			e.lines.at(r).reader = &end
			e.errands.add(&end)
			e.collect()
			mustWrite(t, w, "own")
			if got := next(t, e); got.Result != 3 || string(q.Buf[:3]) != "own" {
				t.Errorf("%d, %q", got.Result, q.Buf)
			}
		})
	}
}

// A read that comes while an errand reads is behind it.
func TestReadWaitsForTheErrandBeforeIt(t *testing.T) {
	e := openEngine(t)
	r, w := testutil.Pipe(t)
	if err := unix.SetNonblock(r, true); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, w, "second")
	away := &errand{fd: r, events: unix.POLLIN, buf: []byte("first"), n: 5}
	away.file, _ = identify(r)
	e.lines.make(r).reader = away
	p := make([]byte, 10)
	q := &backend.Request{Token: backend.Token{Index: 1, Generation: 1}, Op: backend.OpRead, FD: r, Buf: p, Offset: -1}
	if _, err := e.Submit([]*backend.Request{q}); err != nil {
		t.Fatal(err)
	}
	e.errands.add(away)
	if n := next(t, e).Result; n != 5 || string(p[:n]) != "first" {
		t.Errorf("read %d bytes, %q; want what the errand read", n, p)
	}
}

// A write that is cancelled while an errand makes it counts as written what the errand has:
// the kernel takes that when there is room.
func TestCancelledWriteCountsWhatItsErrandHas(t *testing.T) {
	e := openEngine(t)
	_, w := testutil.Pipe(t)
	const have = 100
	q := &backend.Request{Token: backend.Token{Index: 1, Generation: 1}, Op: backend.OpWrite, FD: w, Buf: make([]byte, 1000), Offset: -1}
	o := e.allocate(q)
	e.join(o)
	o.phase = phaseErrandWrites
	e.lines.at(w).writer = &errand{fd: w, events: unix.POLLOUT, buf: make([]byte, have)}
	e.Cancel(q.Token, backend.TokenNone)
	if got := next(t, e); got.Result != have {
		t.Errorf("the write: %d, want %d", got.Result, have)
	}
}

// What an errand is to read for a descriptor is nobody's once that is closed.
func TestCloseForgetsAnErrand(t *testing.T) {
	e := openEngine(t)
	r, _ := testutil.Pipe(t)
	away := &errand{fd: r, events: unix.POLLIN, buf: []byte("first"), n: 5}
	away.file, _ = identify(r)
	e.lines.make(r).reader = away
	testutil.Disown(t, r)
	c := &backend.Request{Token: backend.Token{Index: 1, Generation: 1}, Op: backend.OpClose, FD: r}
	if _, err := e.Submit([]*backend.Request{c}); err != nil {
		t.Fatal(err)
	}
	if got := next(t, e); got.Result != 0 {
		t.Fatalf("the close: %d", got.Result)
	}
	e.errands.add(away)
	e.collect()
	if l := e.lines.at(r); l.reader != nil || len(l.left) != 0 {
		t.Errorf("kept for the next file of that number: %q", l.left)
	}
}
