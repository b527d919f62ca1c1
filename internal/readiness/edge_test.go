//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/edge"
	"github.com/awaitio/awaitio/internal/testutil"
)

// submit has e take the request r, with the index i and the generation of a new token.
func submit(t *testing.T, e *Engine, i uint32, r backend.Request) *backend.Request {
	t.Helper()
	r.Token = backend.Token{Index: i, Generation: 1}
	if n, err := e.Submit([]*backend.Request{&r}); n != 1 || err != nil {
		t.Fatalf("submit: %d, %v", n, err)
	}
	return &r
}

// receive is a receive of the connection c, whose number is fd, for as many bytes as there are
// in "first".
func receive(t *testing.T, e *Engine, c *edge.Conn, fd int) {
	t.Helper()
	submit(t, e, 0, backend.Request{Op: backend.OpRecv, FD: fd, Conn: c, Buf: make([]byte, 5)})
}

// wantResult is next, whose result must be n.
func wantResult(t *testing.T, e *Engine, what string, n int) {
	t.Helper()
	if got := next(t, e); got.Result != n {
		t.Errorf("%s: %d, want %d", what, got.Result, n)
	}
}

// receiveLater is a receive of c, whose number is fd, that waits for what its peer sends.
func receiveLater(t *testing.T, e *Engine, c *edge.Conn, fd, peer int) {
	t.Helper()
	receive(t, e, c, fd)
	mustWrite(t, peer, "first")
	wantResult(t, e, "a receive that waited", 5)
}

// watchedConn is a connection that e watches since a receive of it had to wait, and its peer.
func watchedConn(t *testing.T, e *Engine) (c *edge.Conn, fd, peer int) {
	t.Helper()
	c = new(edge.Conn)
	fd, peer = testutil.TCPPair(t)
	receiveLater(t, e, c, fd, peer)
	if !c.IsOn() || !e.lines.at(fd).registered.tells {
		t.Fatalf("the connection is not watched: %+v", e.lines.at(fd).registered)
	}
	drain(c)
	return c, fd, peer
}

// drain is an attempt of a receiver that finds nothing.
func drain(c *edge.Conn) {
	if c.Attempt() {
		c.Attempted(true, true)
	}
}

// waitTold waits until e has told c of something.
func waitTold(t *testing.T, e *Engine, c *edge.Conn) {
	t.Helper()
	testutil.Eventually(t, 20*time.Second, func() bool {
		if err := e.Wait(time.Now().Add(10 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		e.Reap(nil)
		return c.Attempt()
	}, "the poller tells")
}

// What comes is told, whether the receiver waits or not, and costs no system call to ask for.
func TestWatchedConnIsTold(t *testing.T) {
	e := openEngine(t)
	c, _, peer := watchedConn(t, e)
	for i := range 10 {
		woken, ok := c.Park()
		if !ok {
			t.Fatal("told of nothing")
		}
		attempts, before := e.attempts.Load(), e.Woken()
		mustWrite(t, peer, "more")
		waitTold(t, e, c)
		if len(woken) != 1 || e.Woken() != before+1 || e.attempts.Load() != attempts {
			t.Fatalf("round %d: woken %d times, counted %d, after %d attempts", i, len(woken), e.Woken()-before, e.attempts.Load()-attempts)
		}
		<-woken
		c.Attempted(true, true)
	}
}

// A send does not wait for something to receive.
func TestSendOnADrainedConn(t *testing.T) {
	e := openEngine(t)
	c, fd, _ := watchedConn(t, e)
	submit(t, e, 1, backend.Request{Op: backend.OpSend, FD: fd, Conn: c, Buf: []byte("x")})
	wantResult(t, e, "a send", 1)
}

// A request is served beside the receiver: both are told.
func TestRequestOnAWatchedConn(t *testing.T) {
	e := openEngine(t)
	c, fd, peer := watchedConn(t, e)
	receive(t, e, c, fd)
	mustWrite(t, peer, "there")
	wantResult(t, e, "a receive that waited", 5)
	if !c.Attempt() {
		t.Error("the receiver was not told")
	}
}

// Where the number is another's, the receiver is not told any more, and goes by requests.
func TestNumberOfAWatchedConnIsAnothers(t *testing.T) {
	for name, conn := range map[string]*edge.Conn{"a connection": new(edge.Conn), "no connection": nil} {
		t.Run(name, func(t *testing.T) {
			e := openEngine(t)
			c, fd, _ := watchedConn(t, e)
			woken, _ := c.Park()
			other, peer := testutil.TCPPair(t)
			mustWrite(t, peer, "there")
			testutil.Disown(t, fd)
			if err := unix.Dup2(other, fd); err != nil {
				t.Fatal(err)
			}
			testutil.Own(t, fd)
			receive(t, e, conn, fd)
			wantResult(t, e, "a receive", 5)
			if c.IsOn() || len(woken) != 1 {
				t.Errorf("watched: %v; woken: %d times", c.IsOn(), len(woken))
			}
		})
	}
}

// One engine tells of a connection. The poller of another stops, where a request has had it
// watched, and is asked again when something waits.
func TestWatchOfAConnThatAnotherEngineTellsOf(t *testing.T) {
	e, other := openEngine(t), openEngine(t)
	c, fd, peer := watchedConn(t, e)
	receiveLater(t, other, c, fd, peer)
	for n := 0; other.lines.at(fd).registered.on; n++ {
		if n == 10*unaskedMax {
			t.Fatal("the connection is watched still")
		}
		mustWrite(t, peer, "for others")
		if err := other.Wait(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		other.collect()
	}
	receive(t, other, c, fd)
	wantResult(t, other, "a receive of what is there", 5)
	if !c.IsOn() {
		t.Error("the first engine does not watch it any more")
	}
}

// Where the engine that told of a connection has ended, another one tells that watches it already,
// and knows what was told once.
func TestAnotherEngineTells(t *testing.T) {
	e, other := openEngine(t), openEngine(t)
	c, fd, peer := watchedConn(t, e)
	receiveLater(t, other, c, fd, peer)
	if err := unix.Sendto(peer, []byte("!"), unix.MSG_OOB, nil); err != nil {
		t.Fatal(err)
	}
	testutil.Eventually(t, 20*time.Second, func() bool {
		if err := other.Wait(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		other.collect()
		return other.poller.Ended(fd)
	}, "urgent data is told")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	receive(t, other, c, fd)
	if !c.IsOn() || !c.Attempt() {
		t.Fatal("nobody tells")
	}
	if c.Attempted(true, false); !c.Attempt() {
		t.Error("it is not known that a short receive may leave something")
	}
	mustWrite(t, peer, "other")
	wantResult(t, other, "a receive that waited", 5)
}

// Room to send is nothing to a receiver.
func TestRoomWakesNoReceiver(t *testing.T) {
	e := openEngine(t)
	c, fd, peer := watchedConn(t, e)
	p := make([]byte, 8<<20)
	submit(t, e, 0, backend.Request{Op: backend.OpSend, FD: fd, Conn: c, Buf: p})
	e.Reap(nil) // what was told before
	drain(c)
	woken, ok := c.Park()
	if !ok {
		t.Fatal("there is something to receive")
	}
	taken := make(chan error)
	go func() {
		buf := make([]byte, 1<<20)
		for got := 0; got < len(p); {
			n, err := unix.Read(peer, buf)
			if err != nil {
				taken <- err
				return
			}
			got += n
		}
		taken <- nil
	}()
	wantResult(t, e, "a send that waited", len(p))
	if err := <-taken; err != nil {
		t.Error(err)
	}
	if len(woken) != 0 || !c.Interrupt() {
		t.Error("the receiver was woken")
	}
}

// A close, and the end of the engine, have the receiver go by requests.
func TestEndsOfAWatch(t *testing.T) {
	for name, end := range map[string]func(e *Engine, fd int){
		"close": func(e *Engine, fd int) {
			testutil.Disown(t, fd)
			submit(t, e, 0, backend.Request{Op: backend.OpClose, FD: fd})
			wantResult(t, e, "close", 0)
		},
		"end of the engine": func(e *Engine, fd int) {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		},
		"failure": func(e *Engine, fd int) {
			e.poller.(*failing).fail = true
			_ = e.Wait(time.Now().Add(time.Millisecond))
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := openEngine(t)
			e.poller = &failing{Poller: e.poller}
			c, fd, _ := watchedConn(t, e)
			woken, _ := c.Park()
			end(e, fd)
			if c.IsOn() || len(woken) != 1 {
				t.Errorf("watched: %v; woken: %d times", c.IsOn(), len(woken))
			}
		})
	}
}

// A failing poller fails from some time on.
type failing struct {
	Poller
	fail bool
}

func (p *failing) Wait(deadline time.Time) error {
	if p.fail {
		return unix.EBADF
	}
	return p.Poller.Wait(deadline)
}

// Receivers that wait are passed on, once, and others are not.
func TestPassOn(t *testing.T) {
	e := openEngine(t)
	c, _, _ := watchedConn(t, e)
	if e.PassOn() {
		t.Error("passed on, though nobody waits")
	}
	woken, _ := c.Park()
	if !e.PassOn() || len(woken) != 1 || !c.PassedOn() {
		t.Error("not passed on")
	}
	if e.PassOn() {
		t.Error("passed on twice")
	}
}

// What is no TCP connection is not told of: its short receive proves nothing.
func TestOnlyTCPIsWatched(t *testing.T) {
	e := openEngine(t)
	c := new(edge.Conn)
	fd, peer := testutil.SocketPair(t)
	receiveLater(t, e, c, fd, peer)
	if c.IsOn() {
		t.Error("a unix socket is watched")
	}
}
