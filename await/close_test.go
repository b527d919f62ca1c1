//go:build unix

package await

import (
	"context"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// wantClosed fails t unless err is the end of a call whose IO was closed.
func wantClosed(t testing.TB, err error) {
	t.Helper()
	if _, ok := err.(*proactor.OpError); !ok {
		t.Errorf("got error %v (%T), want a *proactor.OpError", err, err)
	}
	wantIs(t, err, net.ErrClosed, proactor.ErrClosed)
	wantIsNot(t, err, proactor.ErrCanceled)
}

// closeFromSeveral closes io from a few goroutines at once.
func closeFromSeveral(t testing.TB, io *IO) {
	t.Helper()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := io.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
	wg.Wait()
}

func TestCloseEndsEveryKindOfCall(t *testing.T) {
	for _, w := range waitingCalls {
		t.Run(w.op, func(t *testing.T) {
			bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
				fd, addr := w.prepare(t)
				ended := later(func() (int, error) { return w.call(background, c, fd, addr) })
				waitUnderWay(t, io, 1)
				must(t, io.Close())
				o := receive(t, ended, "end of the call")
				wantClosed(t, o.err)
				wantOpError(t, o.err, w.op, fd)
			})
		})
	}
}

func TestCloseEndsHundredsOfCalls(t *testing.T) {
	io := open(t, Config{})
	const each = 200
	_, b := socketPair(t)
	listener, _ := listener(t)
	r, _ := pipe(t)
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	blocked := []func() (int, error){
		func() (int, error) { return io.Recv(background, b, make([]byte, 8), 0) },
		func() (int, error) { return io.RecvWithTimeout(ctx, b, make([]byte, 8), 0, time.Hour) },
		func() (int, error) { return io.RecvMsg(ctx, b, message(8), 0) },
		func() (int, error) { return io.Accept(background, listener, 0) },
		func() (int, error) { return io.Read(background, r, make([]byte, 8), proactor.CurrentPosition) },
		func() (int, error) { return io.Poll(ctx, b, unix.POLLIN) },
		func() (int, error) { return 0, io.Sleep(ctx, time.Hour) },
		func() (int, error) { return io.Async().Recv(b, make([]byte, 8), 0).Await(ctx) },
		func() (int, error) { return 0, done(background, io.Async().Sleep(time.Hour)) },
	}
	var ends []<-chan outcome
	for range each {
		for _, call := range blocked {
			ends = append(ends, later(call))
		}
	}
	waitUnderWay(t, io, len(ends))
	closeFromSeveral(t, io)
	for _, ended := range ends {
		wantClosed(t, receive(t, ended, "end of the call").err)
	}
}

// Goroutines go on calling until they are told that it is over.
func TestCloseWhileCallsStart(t *testing.T) {
	for range 20 {
		io := open(t, Config{})
		a, b := socketPair(t)
		var wg sync.WaitGroup
		begun := make(chan struct{}, 100)
		keepCalling := func(call func() error) {
			wg.Go(func() {
				for i := 0; ; i++ {
					if i == 10 {
						begun <- struct{}{}
					}
					if err := call(); err != nil {
						wantClosed(t, err)
						return
					}
				}
			})
		}
		const goroutines = 4
		for range goroutines {
			keepCalling(func() error { return io.Nop(background) })
			keepCalling(func() error { return io.Sleep(background, 0) })
			keepCalling(func() error { return done(background, io.Async().Nop()) })
			keepCalling(func() error { _, err := io.Send(background, a, []byte{1}, 0); return err })
			keepCalling(func() error { _, err := io.Recv(background, b, make([]byte, 1), 0); return err })
			keepCalling(func() error { return All(background, io.Async().Nop(), io.Async().Sleep(0)) })
			keepCalling(func() error {
				f := io.Async().Nop()
				if _, err := Race(background, f, io.Async().Sleep(0)); err != nil {
					return err
				}
				if err := io.Nop(background); err != nil {
					return err // the loser's error may be that it lost
				}
				return nil
			})
		}
		for range 7 * goroutines {
			receive(t, begun, "goroutine under way")
		}
		closeFromSeveral(t, io)
		wg.Wait()
	}
}

func TestClosedIORefusesEverything(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		a, _ := socketPair(t)
		must(t, io.Close())
		must(t, io.Close())
		for _, call := range everyCall {
			_, err := call.make(background, c, a)
			wantClosed(t, err)
			wantOpError(t, err, call.op, call.fd(a))
		}
		if _, err := fdFlags(t, a); err != nil {
			t.Errorf("a refused close closed the descriptor: %v", err)
		}
		if name := io.Backend(); name != "" {
			t.Errorf("a closed IO has backend %q", name)
		}
		if p, err := io.ProactorOf(-1); err == nil {
			t.Errorf("a closed IO has proactor %p", p)
		} else {
			wantIs(t, err, net.ErrClosed)
		}
		if n := io.Stats().InFlight; n != 0 {
			t.Errorf("a closed IO has %d operations in flight", n)
		}
	})
}

func TestFuturesOutliveTheirIO(t *testing.T) {
	io := open(t, Config{})
	_, b := socketPair(t)
	nop, recv := io.Async().Nop(), io.Async().Recv(b, make([]byte, 8), 0)
	must(t, done(background, nop))
	must(t, io.Close())
	must(t, done(background, nop))
	_, err := recv.Await(background)
	wantClosed(t, err)
	nop.Cancel()
	recv.Cancel()
	must(t, All(background, nop))
	wantIs(t, All(background, nop, recv), net.ErrClosed)
	i, err := Race(background, recv, nop)
	wantCount(t, "Race", i, err, 0)
}

// A descriptor that was made and not yet taken stays the future's beyond Close.
func TestDescriptorOutlivesItsIO(t *testing.T) {
	io := open(t, Config{})
	kept, dropped := io.Async().Socket(unix.AF_INET, unix.SOCK_STREAM, 0), io.Async().Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	receive(t, kept.Done(), "socket")
	receive(t, dropped.Done(), "socket")
	must(t, io.Close())
	dropped.Cancel()
	fd, err := kept.Await(background)
	must(t, err)
	must(t, unix.Close(fd))
}

func TestIOTellsWhatItRunsOn(t *testing.T) {
	io := open(t, Config{})
	p, err := io.ProactorOf(-1)
	must(t, err)
	if io.Backend() == "" || io.Backend() != p.Backend() {
		t.Errorf("backend %q, and %q of the proactor", io.Backend(), p.Backend())
	}
	before := io.Stats().Completed
	must(t, io.Nop(background))
	testutil.Eventually(t, patience, func() bool { return io.Stats().Completed > before }, "the call is counted")

	called := make(chan struct{})
	must(t, p.Nop(new(proactor.Completion), func(*proactor.Completion, proactor.Result) { close(called) }))
	receive(t, called, "callback")
}

// A close needed room in a queue that only the close could make.
func TestCloseNeedsNoRoomInTheQueue(t *testing.T) {
	io := open(t, Config{MaxInFlight: 1, MaxQueued: 1})
	a, b := madeByNet(t, io), madeByNet(t, io)
	first := later(func() (int, error) { return a.Read(make([]byte, 1)) })
	waitInFlight(t, io, 1)
	second := later(func() (int, error) { return b.Read(make([]byte, 1)) })
	testutil.Eventually(t, patience, func() bool { return io.Stats().Queued == 1 }, "a read in line")
	closed := later(func() (int, error) { return 0, a.Close() })
	must(t, receive(t, closed, "end of Close").err)
	wantIs(t, receive(t, first, "end of the first Read").err, net.ErrClosed)
	must(t, b.Close())
	wantIs(t, receive(t, second, "end of the second Read").err, net.ErrClosed)
}

// madeByNet is a connection of io that package net has made: where one operation is
// in flight at most, an accept would keep the connect from it. It is not TCP, whose reads a poller does
// not have in flight.
func madeByNet(t *testing.T, io *IO) net.Conn {
	l, err := outside.Listen("unix", filepath.Join(t.TempDir(), "socket"))
	must(t, err)
	defer l.Close()
	theirs, err := outside.Dial("unix", l.Addr().String())
	must(t, err)
	peer, err := l.Accept()
	must(t, err)
	t.Cleanup(func() { peer.Close() })
	c, err := io.AdoptConn(theirs)
	must(t, err)
	return c
}

// A close needed a proactor, which needed descriptors, of which the close would
// have made one.
func TestCloseWhereNoProactorCanStart(t *testing.T) {
	io := open(t, Config{IdleTimeout: time.Millisecond})
	a, _ := pairOn(t, io, "tcp4")
	e := proactorOf(t, io, -1)
	<-e.Done()
	release := testutil.ExhaustDescriptors(t)
	defer release()
	must(t, a.Close())
}
