//go:build unix

package await

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/netname"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// onListeners runs test with a listener of each network.
func onListeners(t *testing.T, test func(t *testing.T, io *IO, l *Listener)) {
	for _, network := range connNetworks {
		t.Run(network, func(t *testing.T) {
			io := open(t, Config{})
			test(t, io, listenOn(t, io, network))
		})
	}
}

// dial connects to l with package net, until t ends.
func dial(t testing.TB, l net.Listener) net.Conn {
	t.Helper()
	c, err := outside.Dial(l.Addr().Network(), l.Addr().String())
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func TestAcceptNamesBothEnds(t *testing.T) {
	onListeners(t, func(t *testing.T, _ *IO, l *Listener) {
		peer := dial(t, l)
		c, err := l.Accept()
		must(t, err)
		defer c.Close()
		if got, want := c.LocalAddr().String(), peer.RemoteAddr().String(); got != want {
			t.Errorf("local address %s, want %s", got, want)
		}
		want := peer.LocalAddr().String()
		if want == "" {
			want = netname.UnixPeer("", "").Name // the peer has none
		}
		if got := c.RemoteAddr().String(); got != want {
			t.Errorf("remote address %s, want %s", got, want)
		}
	})
}

func TestAcceptOnAllAddresses(t *testing.T) {
	io := open(t, Config{})
	l, err := io.Listen("tcp", ":0")
	must(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	for _, host := range []string{"127.0.0.1", "::1"} {
		peer, err := outside.Dial("tcp", net.JoinHostPort(host, port))
		must(t, err)
		defer peer.Close()
		c, err := l.Accept()
		must(t, err)
		defer c.Close()
		if c.LocalAddr().String() != peer.RemoteAddr().String() || c.RemoteAddr().String() != peer.LocalAddr().String() {
			t.Errorf("accepted %v from %v, want %v from %v",
				c.LocalAddr(), c.RemoteAddr(), peer.RemoteAddr(), peer.LocalAddr())
		}
	}
}

func TestAcceptEnds(t *testing.T) {
	cause := errors.New("cause")
	onListeners(t, func(t *testing.T, io *IO, l *Listener) {
		ctx, cancel := context.WithCancelCause(context.Background())
		accept := later(func() (int, error) { _, err := l.AcceptContext(ctx); return 0, err })
		waitUnderWay(t, io, 1)
		cancel(cause)
		err := receive(t, accept, "end of AcceptContext").err
		wantIs(t, err, cause, proactor.ErrCanceled)
		var failed *net.OpError
		if !errors.As(err, &failed) || failed.Op != "accept" || failed.Addr != l.Addr() || failed.Source != nil {
			t.Errorf("error %v, want one of accept on %v", err, l.Addr())
		}

		accept = later(func() (int, error) { _, err := l.Accept(); return 0, err })
		waitUnderWay(t, io, 1)
		must(t, l.SetDeadline(time.Now()))
		wantDeadline(t, receive(t, accept, "end of Accept").err)
		must(t, l.SetDeadline(time.Time{}))

		accept = later(func() (int, error) { _, err := l.Accept(); return 0, err })
		waitUnderWay(t, io, 1)
		must(t, l.Close())
		wantIs(t, receive(t, accept, "end of Accept").err, net.ErrClosed)
		_, err = l.Accept()
		wantIs(t, err, net.ErrClosed)
		wantIs(t, l.Close(), net.ErrClosed)
		if a, ok := l.Addr().(*net.UnixAddr); ok {
			_, err := outside.Lstat(a.Name)
			wantIs(t, err, os.ErrNotExist)
		}
	})
}

func TestListenerKeepsItsPath(t *testing.T) {
	io := open(t, Config{})
	l := listenOn(t, io, "unix")
	l.SetUnlinkOnClose(false)
	must(t, l.Close())
	_, err := outside.Lstat(l.Addr().String())
	must(t, err)
}

// TestAcceptAfterThePeerLeft accepts connections that were reset before: they
// have the peer's address all the same.
func TestAcceptAfterThePeerLeft(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux hands out a connection that was reset before")
	}
	io := open(t, Config{})
	l := listenOn(t, io, "tcp4")
	peer := dial(t, l)
	must(t, peer.(lingerer).SetLinger(0))
	must(t, peer.Close())
	c, err := l.Accept()
	must(t, err)
	defer c.Close()
	if c.RemoteAddr().String() != peer.LocalAddr().String() {
		t.Errorf("remote address %v, want %v", c.RemoteAddr(), peer.LocalAddr())
	}
	_, err = c.Read(make([]byte, 1))
	wantIs(t, err, syscall.ECONNRESET)
}

func TestConnections(t *testing.T) {
	onListeners(t, func(t *testing.T, _ *IO, l *Listener) {
		const want = 5 * acceptsAhead
		go func() {
			for range want {
				c, err := outside.Dial(l.Addr().Network(), l.Addr().String())
				if err != nil {
					t.Error(err)
					return
				}
				defer c.Close()
			}
		}()
		n := 0
		for c, err := range l.Connections(t.Context()) {
			must(t, err)
			must(t, c.Close())
			if n++; n == want {
				break
			}
		}
	})
}

// TestConnectionsHoldBack leaves the body of the loop busy, and counts what is
// taken meanwhile.
func TestConnectionsHoldBack(t *testing.T) {
	io := open(t, Config{})
	l := listenOn(t, io, "tcp4")
	for range 3 * acceptsAhead {
		dial(t, l)
	}
	for c, err := range l.Connections(t.Context()) {
		must(t, err)
		defer c.Close()
		waitUnderWay(t, io, 0) // all that may be taken has been
		if n := connectionsIn(t); n > 3*acceptsAhead+1+acceptsAhead {
			t.Errorf("%d connections were taken ahead, want %d at most", n-3*acceptsAhead-1, acceptsAhead)
		}
		break
	}
}

// connectionsIn counts the connected sockets that this process has.
func connectionsIn(t testing.TB) (n int) {
	t.Helper()
	for fd := range 1 << 10 {
		if _, err := unix.Getpeername(fd); err == nil {
			n++
		}
	}
	return n
}

func TestConnectionsYieldWhatWasTaken(t *testing.T) {
	cause := errors.New("cause")
	onListeners(t, func(t *testing.T, io *IO, l *Listener) {
		const want = 7
		for range want {
			dial(t, l)
		}
		ctx, cancel := context.WithCancelCause(context.Background())
		defer cancel(nil)
		n := 0
		var last error
		for c, err := range l.Connections(ctx) {
			if err != nil {
				last = err
				continue
			}
			must(t, c.Close())
			if n++; n == 1 {
				waitUnderWay(t, io, acceptsAhead-want) // the others are taken
				cancel(cause)
			}
		}
		wantIs(t, last, cause)
		if n != want {
			t.Errorf("the loop got %d connections, want all %d that were taken", n, want)
		}
	})
}

func TestConnectionsEndWithTheListener(t *testing.T) {
	onListeners(t, func(t *testing.T, io *IO, l *Listener) {
		var wg sync.WaitGroup
		wg.Go(func() {
			errs := 0
			for c, err := range l.Connections(t.Context()) {
				if err == nil {
					c.Close()
					continue
				}
				errs++
				wantIs(t, err, net.ErrClosed)
			}
			if errs != 1 {
				t.Errorf("the loop got %d errors, want 1", errs)
			}
		})
		waitUnderWay(t, io, acceptsAhead)
		must(t, l.Close())
		wg.Wait()
	})
}

// TestConnectionsGoOnAfterAnError has a deadline hit the loop in between.
func TestConnectionsGoOnAfterAnError(t *testing.T) {
	io := open(t, Config{})
	l := listenOn(t, io, "tcp4")
	must(t, l.SetDeadline(time.Now().Add(time.Millisecond)))
	failed := false
	for c, err := range l.Connections(t.Context()) {
		if err != nil {
			wantDeadline(t, err)
			failed = true
			must(t, l.SetDeadline(time.Time{}))
			dial(t, l)
			continue
		}
		must(t, c.Close())
		break
	}
	if !failed {
		t.Error("the deadline did not hit")
	}
}

func TestConnectionsDiscardWhatNobodyTakes(t *testing.T) {
	onListeners(t, func(t *testing.T, io *IO, l *Listener) {
		peers := []net.Conn{dial(t, l), dial(t, l), dial(t, l)}
		for c, err := range l.Connections(t.Context()) {
			must(t, err)
			waitUnderWay(t, io, acceptsAhead-len(peers))
			must(t, c.Close())
			break
		}
		for _, p := range peers {
			must(t, p.SetReadDeadline(time.Now().Add(patience)))
			if _, err := p.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("a connection that nobody took is open: %v", err)
			}
		}
		testutil.Eventually(t, patience, func() bool { return connectionsIn(t) == len(peers) }, "their ends here are closed")
	})
}

// The accepts of a loop do not wait for room while there is a connection to give.
func TestConnectionsNeedRoomForOneAccept(t *testing.T) {
	io := open(t, Config{MaxInFlight: 1, MaxQueued: 1})
	l := listenOn(t, io, "tcp4")
	peer := later(func() (int, error) {
		c, err := outside.Dial("tcp4", l.Addr().String())
		if err == nil {
			_ = writeOne(c) // the reader sees if that failed
			err = c.Close()
		}
		return 0, err
	})
	read := later(func() (int, error) {
		for c, err := range l.Connections(background) {
			if err == nil {
				err = readOne(c)
				_ = c.Close() // of what was read
			}
			return 0, err
		}
		return 0, nil
	})
	must(t, receive(t, peer, "dial").err)
	must(t, receive(t, read, "connection").err)
}

func TestConnectionsOfNothing(t *testing.T) {
	io, err := start(t, Config{})
	must(t, err)
	l := listenOn(t, io, "tcp4")
	var ctx context.Context
	for range l.Connections(ctx) {
	}
	must(t, io.Close())
	errs := 0
	for _, err := range l.Connections(background) {
		wantIs(t, err, net.ErrClosed)
		if errs++; errs > 1 {
			t.Fatal("the loop goes on where its IO is closed")
		}
	}
	must(t, l.Close())
}
