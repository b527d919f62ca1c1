//go:build !kqueue

package readiness

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

// theConn is what the requests below call their connection.
const theConn = 7

// submit has e take the request r, with the index i and the generation of a new token.
func submit(t *testing.T, e *Engine, i uint32, r backend.Request) *backend.Request {
	t.Helper()
	r.Token = backend.Token{Index: i, Generation: 1}
	if n, err := e.Submit([]*backend.Request{&r}); n != 1 || err != nil {
		t.Fatalf("submit: %d, %v", n, err)
	}
	return &r
}

// receive is a receive of the watched connection fd, for as many bytes as buf has.
func receive(t *testing.T, e *Engine, fd int, flags uint32) *backend.Request {
	t.Helper()
	return submit(t, e, 0, backend.Request{Op: backend.OpRecv, FD: fd, Conn: theConn, Buf: make([]byte, 8), Flags: flags})
}

// wantResult is next, whose result must be n.
func wantResult(t *testing.T, e *Engine, what string, n int) {
	t.Helper()
	if got := next(t, e); got.Result != n {
		t.Errorf("%s: %d, want %d", what, got.Result, n)
	}
}

// drained is a connection that the poller tells of by itself, of which all has been
// received, and its peer.
func drained(t *testing.T, e *Engine) (fd, peer int) {
	t.Helper()
	fd, peer = testutil.TCPPair(t)
	receive(t, e, fd, 0)
	mustWrite(t, peer, "first")
	wantResult(t, e, "a receive that waited", 5)
	if w := e.lines.at(fd).watch; !w.on || !w.drained {
		t.Fatalf("after a short receive: %+v", w)
	}
	return fd, peer
}

// No system call asks a drained connection for what cannot be there, and what comes is
// told.
func TestDrainedConnIsNotAsked(t *testing.T) {
	e := openEngine(t)
	fd, peer := drained(t, e)
	for range 10 {
		before := e.attempts.Load()
		receive(t, e, fd, 0)
		if n := e.attempts.Load() - before; n != 0 {
			t.Fatalf("%d attempts with nothing there", n)
		}
		mustWrite(t, peer, "more")
		wantResult(t, e, "a receive", 4)
	}
}

// What was told while nothing waited is there for the next receive.
func TestToldWhileNothingWaits(t *testing.T) {
	e := openEngine(t)
	fd, peer := drained(t, e)
	mustWrite(t, peer, "more")
	testutil.Eventually(t, 20*time.Second, func() bool {
		if err := e.Wait(time.Now().Add(10 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		e.collect()
		return e.lines.at(fd).watch.unasked > 0
	}, "the poller tells")
	receive(t, e, fd, 0)
	wantResult(t, e, "a receive of what was told before", 4)
}

// A receive that filled its buffer may have left something.
func TestFullReceiveDrainsNothing(t *testing.T) {
	e := openEngine(t)
	fd, peer := drained(t, e)
	receive(t, e, fd, 0)
	mustWrite(t, peer, "eight by")
	mustWrite(t, peer, "tes and more")
	wantResult(t, e, "a receive of all there is room for", 8)
	receive(t, e, fd, 0)
	wantResult(t, e, "the next", 8)
	receive(t, e, fd, 0)
	wantResult(t, e, "the last", 4)
}

// A receive that leaves the bytes where they are drains nothing.
func TestPeekDrainsNothing(t *testing.T) {
	e := openEngine(t)
	fd, peer := drained(t, e)
	receive(t, e, fd, unix.MSG_PEEK)
	mustWrite(t, peer, "more")
	wantResult(t, e, "a peek", 4)
	receive(t, e, fd, 0)
	wantResult(t, e, "a receive of the same", 4)
}

// The end of a stream is told once, perhaps with the last bytes.
func TestEndWithTheLastBytes(t *testing.T) {
	e := openEngine(t)
	fd, peer := drained(t, e)
	receive(t, e, fd, 0)
	mustWrite(t, peer, "last")
	testutil.Close(t, peer)
	testutil.Eventually(t, 20*time.Second, func() bool {
		_, err := pollNow(fd, unix.POLLRDHUP)
		return err == nil
	}, "the end")
	wantResult(t, e, "the last bytes", 4)
	receive(t, e, fd, 0)
	wantResult(t, e, "the end", 0)
}

// A send does not wait for something to receive.
func TestSendOnADrainedConn(t *testing.T) {
	e := openEngine(t)
	fd, _ := drained(t, e)
	submit(t, e, 1, backend.Request{Op: backend.OpSend, FD: fd, Conn: theConn, Buf: []byte("x")})
	wantResult(t, e, "a send", 1)
}

// A number that is another connection's is asked.
func TestNumberOfADrainedConnIsAsked(t *testing.T) {
	for name, conn := range map[string]uint64{"a connection": theConn + 1, "no connection": 0} {
		t.Run(name, func(t *testing.T) {
			e := openEngine(t)
			fd, _ := drained(t, e)
			other, peer := testutil.TCPPair(t)
			mustWrite(t, peer, "there")
			testutil.Disown(t, fd)
			if err := unix.Dup3(other, fd, unix.O_CLOEXEC); err != nil {
				t.Fatal(err)
			}
			testutil.Own(t, fd)
			submit(t, e, 0, backend.Request{Op: backend.OpRecv, FD: fd, Conn: conn, Buf: make([]byte, 8)})
			wantResult(t, e, "a receive", 5)
		})
	}
}

// The poller stops telling of a connection on which others call, and is asked again when
// something waits.
func TestWatchOfAConnThatOthersReadEnds(t *testing.T) {
	e := openEngine(t)
	fd, peer := drained(t, e)
	for n := 0; e.lines.at(fd).watch.on; n++ {
		if n == 10*unaskedMax {
			t.Fatal("the connection is watched still")
		}
		mustWrite(t, peer, "for others")
		if err := e.Wait(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		e.collect()
	}
	receive(t, e, fd, 0)
	wantResult(t, e, "a receive of what is there", 8)
}
