//go:build unix

package await

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"net"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// patience is how long a test waits for what must happen. Only a test that fails
// takes so long.
const patience = time.Minute

// open starts an IO that t closes when it ends. It is the first thing a test
// does: whatever is alive afterwards must be gone by then.
//
// Calls on files are the proactor's, which is to be tested. They are short, and most
// tests make one at a time, so most of them would be made by their callers.
func open(t testing.TB, config Config) *IO {
	t.Helper()
	io := openIdle(t, config)
	if !*uncontended {
		io.loops.Busy.Store(true)
	}
	return io
}

// openIdle is open where calls on files are made by their callers where they may.
func openIdle(t testing.TB, config Config) *IO {
	t.Helper()
	testutil.CheckLeaks(t)
	io, err := start(t, config)
	if errors.Is(err, errors.ErrUnsupported) && runtime.GOOS != "linux" {
		t.Skipf("no backend on this system: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		t.Helper()
		if err := io.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return io
}

var uncontended = flag.Bool("uncontended", false, "calls on files are made by their callers where they may be")

// proactorOf is the proactor of io that carries out calls on fd.
func proactorOf(t testing.TB, io *IO, fd int) *proactor.Proactor {
	t.Helper()
	p, err := io.ProactorOf(fd)
	must(t, err)
	return p
}

// An outcome is what a call returned.
type outcome struct {
	n   int
	err error
}

// later makes a call in a goroutine of its own.
func later(call func() (int, error)) <-chan outcome {
	c := make(chan outcome, 1)
	go func() {
		n, err := call()
		c <- outcome{n, err}
	}()
	return c
}

// receive waits for what a channel delivers.
func receive[T any](t testing.TB, c <-chan T, what string) T {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case v := <-c:
		return v
	case <-timer.C:
		t.Fatalf("no %s within %v", what, patience)
		panic("unreachable")
	}
}

// waitInFlight waits until the kernel has n operations of io.
func waitInFlight(t testing.TB, io *IO, n int) {
	t.Helper()
	testutil.Eventually(t, patience, func() bool { return io.Stats().InFlight == uint64(n) },
		"%d operations in flight", n)
}

// waitUnderWay waits until n operations of io are under way, whether in the kernel,
// in line, or with the loop alone. Calls on conns that wait for others of them are among the n.
func waitUnderWay(t testing.TB, io *IO, n int, conns ...*Conn) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("%+v, %+v", io.Stats(), io.Operations(0))
		}
	}()
	testutil.Eventually(t, patience, func() bool {
		s, again := io.Stats(), io.Stats() // the counts of one Stats may be of two rounds
		waiting := 0
		for _, c := range conns {
			waiting += c.d.Waiting()
		}
		return s == again && s.Submitted-s.Completed+uint64(waiting) == uint64(n)
	}, "%d operations under way", n)
}

// wantIs fails t unless err is each of targets.
func wantIs(t testing.TB, err error, targets ...error) {
	t.Helper()
	for _, target := range targets {
		if !errors.Is(err, target) {
			t.Errorf("got error %v, want one that is %v", err, target)
		}
	}
}

// wantIsNot fails t if err is one of targets.
func wantIsNot(t testing.TB, err error, targets ...error) {
	t.Helper()
	for _, target := range targets {
		if errors.Is(err, target) {
			t.Errorf("got error %v, want one that is not %v", err, target)
		}
	}
}

// wantOpError fails t unless err is an OpError of op and fd.
func wantOpError(t testing.TB, err error, op string, fd int) {
	t.Helper()
	failed, ok := err.(*proactor.OpError)
	if !ok {
		t.Errorf("got error %v (%T), want a *proactor.OpError", err, err)
		return
	}
	if failed.Op != op || failed.FD != fd {
		t.Errorf("got error %q of %s on %d, want of %s on %d", err, failed.Op, failed.FD, op, fd)
	}
}

// wantCount fails t unless a call ended with n and no error.
func wantCount(t testing.TB, what string, n int, err error, want int) {
	t.Helper()
	if err != nil || n != want {
		t.Fatalf("%s: got %d, %v, want %d and no error", what, n, err, want)
	}
}

// must fails t on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mustWrite writes b to fd without the IO.
func mustWrite(t testing.TB, fd int, b []byte) {
	t.Helper()
	for len(b) > 0 {
		n, err := sysWrite(t, fd, b)
		if err != nil {
			t.Fatalf("write: %v", err)
		}
		b = b[n:]
	}
}

// mustRead reads exactly n bytes from fd without the IO.
func mustRead(t testing.TB, fd, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	for got := 0; got < n; {
		m, err := sysRead(t, fd, b[got:])
		if m <= 0 || err != nil {
			t.Fatalf("read %d of %d bytes: %d, %v", got, n, m, err)
		}
		got += m
	}
	return b
}

// drain reads fd to its end without the IO.
func drain(t testing.TB, fd int) []byte {
	t.Helper()
	var all []byte
	b := make([]byte, 1<<16)
	for {
		switch n, err := sysRead(t, fd, b); {
		case err != nil:
			t.Fatalf("read: %v", err)
		case n == 0:
			return all
		default:
			all = append(all, b[:n]...)
		}
	}
}

// seeded returns a source of random numbers. Its seed is logged, which a test
// that fails shows.
func seeded(t testing.TB) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %#x", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// canceled is a context that has ended, and why.
func canceled() (context.Context, error) {
	cause := errors.New("changed my mind")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(cause)
	return ctx, cause
}

// noContext is a nil context, in a variable for the sake of static analysis.
var noContext context.Context

// ending is a context that ends, for cause, when stop is called.
func ending() (ctx context.Context, stop func(), cause error) {
	cause = errors.New("changed my mind")
	ctx, cancel := context.WithCancelCause(context.Background())
	return ctx, func() { cancel(cause) }, cause
}

// openFile opens a file of ours that the test closes.
func openFile(t testing.TB, io *IO, name string, flag int) *File {
	t.Helper()
	f, err := io.OpenFile(name, flag, 0o644)
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// listenOn listens on a free address of network, until t ends.
func listenOn(t testing.TB, io *IO, network string) *Listener {
	t.Helper()
	address := map[string]string{"tcp4": "127.0.0.1:0", "tcp6": "[::1]:0"}[network]
	if address == "" {
		address = filepath.Join(tempDir(t), "s")
	}
	l, err := io.Listen(network, address)
	must(t, err)
	t.Cleanup(func() { l.Close() })
	return l.(*Listener)
}

// pairOn is both ends of a connection, closed when t ends.
func pairOn(t testing.TB, io *IO, network string) (a, b *Conn) {
	t.Helper()
	l := listenOn(t, io, network)
	defer l.Close()
	accepted := later(func() (int, error) {
		c, err := l.AcceptContext(context.Background())
		b = c
		return 0, err
	})
	c, err := io.Dial(network, l.Addr().String())
	must(t, err)
	t.Cleanup(func() { c.Close() })
	must(t, receive(t, accepted, "connection").err)
	t.Cleanup(func() { b.Close() })
	return c.(*Conn), b
}

// connected dials l.
func connected(t *testing.T, io *IO, l net.Listener) (a, b net.Conn) {
	t.Helper()
	accepted := make(chan net.Conn, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			t.Error(err)
		}
		accepted <- c
	}()
	a, err := io.Dial("tcp4", l.Addr().String())
	must(t, err)
	return a, receive(t, accepted, "connection")
}

// fillQueue fills io, which has MaxInFlight and MaxQueued 1: one receive with the
// kernel and one in line.
func fillQueue(t *testing.T, io *IO) (peer int, inFlight, queued *Future[int]) {
	t.Helper()
	a, b := socketPair(t)
	inFlight = io.Async().Recv(b, make([]byte, 1), 0)
	waitInFlight(t, io, 1)
	queued = io.Async().Recv(b, make([]byte, 1), 0)
	testutil.Eventually(t, patience, func() bool { return io.Stats().Queued == 1 }, "one in line")
	return a, inFlight, queued
}
