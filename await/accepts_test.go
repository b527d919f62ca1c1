//go:build unix

package await

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// waysToClose are those to close a listener while the body of a loop over its
// connections is at work. Each returns when Close has.
var waysToClose = map[string]func(t *testing.T, l *Listener){
	"by the body": func(t *testing.T, l *Listener) { must(t, l.Close()) },
	"by a goroutine that the body waits for": func(t *testing.T, l *Listener) {
		must(t, receive(t, later(func() (int, error) { return 0, l.Close() }), "end of Close").err)
	},
	"by several": func(t *testing.T, l *Listener) {
		closed := 0
		first, second := later(func() (int, error) { return 0, l.Close() }), later(func() (int, error) { return 0, l.Close() })
		for _, c := range []<-chan outcome{first, second} {
			if err := receive(t, c, "end of Close").err; err == nil {
				closed++
			} else {
				wantIs(t, err, net.ErrClosed)
			}
		}
		if closed != 1 {
			t.Errorf("%d have closed the listener, want 1", closed)
		}
	},
}

// dialAhead makes connections to l that its loop takes ahead of its body.
func dialAhead(t *testing.T, l *Listener) (peers []net.Conn) {
	t.Helper()
	for range acceptsAhead / 2 {
		peers = append(peers, dial(t, l))
	}
	return peers
}

// wantAllGone wants the other ends of peers closed.
func wantAllGone(t *testing.T, peers []net.Conn) {
	t.Helper()
	for i, p := range peers {
		must(t, p.SetReadDeadline(time.Now().Add(patience)))
		if _, err := p.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("connection %d of %d is open at its other end: %v", i, len(peers), err)
		}
	}
}

// Close does not wait for the body. The loop goes on with what was taken by then, and
// ends with net.ErrClosed.
func TestCloseWhileTheBodyWorks(t *testing.T) {
	for name, closeIt := range waysToClose {
		t.Run(name, func(t *testing.T) {
			onListeners(t, func(t *testing.T, io *IO, l *Listener) {
				peers := dialAhead(t, l)
				n := 0
				var errs []error
				for c, err := range l.Connections(t.Context()) {
					if err != nil {
						errs = append(errs, err)
						continue
					}
					if n++; n == 1 {
						waitUnderWay(t, io, acceptsAhead-len(peers))
						closeIt(t, l)
					}
					must(t, c.Close())
				}
				if n != len(peers) || len(errs) != 1 {
					t.Fatalf("%d connections and errors %v, want %d and one error", n, errs, len(peers))
				}
				wantIs(t, errs[0], net.ErrClosed)
				wantAllGone(t, peers)
			})
		})
	}
}

// However the body leaves the loop, what was taken ahead is closed, and so can the
// listener be.
func TestLeavingTheLoop(t *testing.T) {
	for name, leave := range map[string]func(l *Listener){
		"by a return":                 func(*Listener) {},
		"by a return after Close":     func(l *Listener) { _ = l.Close() },
		"by a panic":                  func(*Listener) { panic("of the test") },
		"by a panic after Close":      func(l *Listener) { _ = l.Close(); panic("of the test") },
		"by the end of its goroutine": func(*Listener) { runtime.Goexit() },
	} {
		t.Run(name, func(t *testing.T) {
			onListeners(t, func(t *testing.T, io *IO, l *Listener) {
				peers := dialAhead(t, l)
				var left sync.WaitGroup
				left.Go(func() {
					defer func() { _ = recover() }()
					for c, err := range l.Connections(background) {
						if err != nil {
							t.Error(err)
							return
						}
						waitUnderWay(t, io, acceptsAhead-len(peers))
						defer c.Close()
						leave(l)
						return
					}
				})
				left.Wait()
				wantAllGone(t, peers)
				if err := l.Close(); err != nil {
					wantIs(t, err, net.ErrClosed) // the body has
				}
			})
		})
	}
}

// A context that ends while the body works ends that loop, and no other.
func TestContextEndsWhileTheBodyWorks(t *testing.T) {
	onListeners(t, func(t *testing.T, io *IO, l *Listener) {
		peers := dialAhead(t, l)
		ctx, stop, cause := ending()
		n := 0
		for c, err := range l.Connections(ctx) {
			if err != nil {
				wantIs(t, err, cause)
				break
			}
			if n++; n == 1 {
				waitUnderWay(t, io, acceptsAhead-len(peers))
				stop()
			}
			must(t, c.Close())
		}
		if n != len(peers) {
			t.Errorf("the loop got %d connections of %d", n, len(peers))
		}
		late := dial(t, l)
		for c, err := range l.Connections(t.Context()) {
			must(t, err)
			must(t, c.Close())
			break
		}
		wantAllGone(t, append(peers, late))
	})
}

// Loops over one listener share the connections, each of which has one of them; a
// close ends all loops, also those whose bodies are at work.
func TestLoopsShareAListener(t *testing.T) {
	onListeners(t, func(t *testing.T, _ *IO, l *Listener) {
		const loops, each = 3, 2 * acceptsAhead
		var served atomic.Int64
		var atWork sync.WaitGroup
		for range loops {
			atWork.Go(func() {
				errs := 0
				for c, err := range l.Connections(background) {
					if err != nil {
						errs++
						wantIs(t, err, net.ErrClosed)
						continue
					}
					must(t, c.Close())
					if served.Add(1) == loops*each {
						closed := later(func() (int, error) { return 0, l.Close() })
						must(t, receive(t, closed, "end of Close").err)
					}
				}
				if errs != 1 {
					t.Errorf("a loop got %d errors, want 1", errs)
				}
			})
		}
		var peers []net.Conn
		for range loops * each {
			peers = append(peers, dial(t, l))
		}
		atWork.Wait()
		if n := served.Load(); n != loops*each {
			t.Errorf("%d connections were served, want %d", n, loops*each)
		}
		wantAllGone(t, peers)
	})
}

// A close races with connections that arrive: each is the loop's, or refused.
func TestCloseRacesWithConnections(t *testing.T) {
	io := open(t, Config{})
	for _, network := range []string{"tcp4", "unix"} {
		for range 50 {
			l := listenOn(t, io, network)
			ctx, stop := context.WithCancel(background)
			dialed := later(func() (int, error) { return dialUntilRefused(l, ctx) })
			for c, err := range l.Connections(background) {
				if err != nil {
					wantIs(t, err, net.ErrClosed)
					break
				}
				must(t, c.Close())
				go l.Close() // of one that may be closed already
			}
			stop()
			receive(t, dialed, "end of the dials")
		}
	}
}

// dialUntilRefused dials l again and again until it is closed, or ctx ends.
func dialUntilRefused(l *Listener, ctx context.Context) (n int, err error) {
	for ctx.Err() == nil {
		c, err := outside.DialContext(ctx, l.Addr().Network(), l.Addr().String())
		if err != nil {
			return n, err
		}
		_ = c.Close() // nothing was written
		n++
	}
	return n, nil
}
