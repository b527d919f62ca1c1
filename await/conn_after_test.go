//go:build unix

package await

import (
	"errors"
	goio "io"
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// afterReadableOf arranges for c, and is where its end is told.
func afterReadableOf(c *Conn) (ended <-chan error, stop func() bool) {
	e := make(chan error, 2) // two: that it is only one is looked at
	return e, c.AfterReadable(func(err error) { e <- err })
}

// wantNoMore fails if something else than what was received comes.
func wantNoMore(t testing.TB, ended <-chan error) {
	t.Helper()
	select {
	case err := <-ended:
		t.Errorf("called again: %v", err)
	default:
	}
}

func TestAfterReadableWhenThereIsData(t *testing.T) {
	onConns(t, func(t *testing.T, io *IO, a, b *Conn) {
		ended, stop := afterReadableOf(a)
		waitUnderWay(t, io, 1)
		wantNoMore(t, ended)
		_, err := b.Write([]byte("data"))
		must(t, err)
		must(t, receive(t, ended, "call"))
		if stop() {
			t.Error("stopped after the call")
		}
		again, _ := afterReadableOf(a)
		must(t, receive(t, again, "call for what was there before"))
		buf := make([]byte, 8)
		n, err := a.Read(buf)
		wantCount(t, "Read", n, err, 4)

		ended, _ = afterReadableOf(a)
		waitUnderWay(t, io, 1)
		must(t, b.CloseWrite())
		must(t, receive(t, ended, "call at the end of the stream"))
		_, err = a.Read(buf)
		wantIs(t, err, goio.EOF)
		wantNoMore(t, ended)
		waitUnderWay(t, io, 0)
	})
}

func TestAfterReadableIsEndedAsReadIs(t *testing.T) {
	onConns(t, func(t *testing.T, io *IO, a, b *Conn) {
		ended, stop := afterReadableOf(a)
		waitUnderWay(t, io, 1)
		must(t, a.SetReadDeadline(time.Now().Add(time.Hour))) // moved, and it goes on
		must(t, a.SetReadDeadline(time.Unix(1, 0)))
		err := receive(t, ended, "call at the deadline")
		wantDeadline(t, err)
		wantNetError(t, err, "read", a)
		if stop() {
			t.Error("stopped after the deadline")
		}
		ended, _ = afterReadableOf(a)
		wantDeadline(t, receive(t, ended, "call after the deadline"))
		must(t, a.SetReadDeadline(time.Time{}))

		ended, _ = afterReadableOf(a)
		waitUnderWay(t, io, 1)
		must(t, a.Close())
		wantIs(t, receive(t, ended, "call at Close"), net.ErrClosed)
		ended, stop = afterReadableOf(a)
		wantIs(t, receive(t, ended, "call after Close"), net.ErrClosed)
		if stop() {
			t.Error("stopped after the call")
		}

		ended, _ = afterReadableOf(b)
		must(t, receive(t, ended, "call at the peer's Close"))
		must(t, b.SetReadDeadline(time.Now().Add(time.Hour)))
		must(t, io.Close())
		ended, _ = afterReadableOf(b)
		wantIs(t, receive(t, ended, "call after the IO's Close"), net.ErrClosed)
	})
}

func TestAfterReadableWhenItsIOCloses(t *testing.T) {
	io := open(t, Config{})
	a, _ := pairOn(t, io, "tcp4")
	ended, stop := afterReadableOf(a)
	waitUnderWay(t, io, 1)
	must(t, io.Close())
	wantIs(t, receive(t, ended, "call at the IO's Close"), net.ErrClosed)
	if stop() {
		t.Error("stopped after the call")
	}
}

func TestAfterReadableStopped(t *testing.T) {
	onConns(t, func(t *testing.T, io *IO, a, b *Conn) {
		ended, stop := afterReadableOf(a)
		waitUnderWay(t, io, 1)
		if !stop() {
			t.Error("not stopped")
		}
		if stop() {
			t.Error("stopped twice")
		}
		waitUnderWay(t, io, 0)
		_, err := b.Write([]byte("x"))
		must(t, err)
		n, err := a.Read(make([]byte, 8)) // the record is in use again, by another
		wantCount(t, "Read", n, err, 1)
		reading := later(func() (int, error) { return a.Read(make([]byte, 8)) })
		waitUnderWay(t, io, 1)
		if stop() {
			t.Error("stopped again")
		}
		_, err = b.Write([]byte("yz"))
		must(t, err)
		o := receive(t, reading, "the Read that stop must not meet")
		wantCount(t, "Read", o.n, o.err, 2)
		wantNoMore(t, ended)
	})
}

// TestAfterReadableStopRacesWithTheData has each end win some of the time. Either
// f is called or stop says that it is not.
func TestAfterReadableStopRacesWithTheData(t *testing.T) {
	io := open(t, Config{})
	a, b := pairOn(t, io, "tcp4")
	buf := make([]byte, 8)
	called, stopped := 0, 0
	for round := 0; round < 5000 && (round < 300 || called == 0 || stopped == 0); round++ {
		ended, stop := afterReadableOf(a)
		written := make(chan error, 1)
		go func() {
			_, err := b.Write([]byte("x"))
			written <- err
		}()
		for range round % 50 {
			runtime.Gosched()
		}
		if stop() {
			stopped++
		} else {
			called++
			must(t, receive(t, ended, "call"))
		}
		must(t, receive(t, written, "end of Write"))
		n, err := a.Read(buf)
		wantCount(t, "Read", n, err, 1)
		wantNoMore(t, ended)
	}
	if called == 0 || stopped == 0 {
		t.Errorf("%d called, %d stopped: no race was tested", called, stopped)
	}
	waitUnderWay(t, io, 0)
}

// TestAfterReadableAgain is a server without a goroutine for a connection: its
// function arranges for itself. It ends with the connections.
func TestAfterReadableAgain(t *testing.T) {
	const conns, messages = 50, 20
	io := open(t, Config{})
	var serving, asking sync.WaitGroup
	for range conns {
		a, b := pairOn(t, io, "unix")
		serving.Add(1)
		var serve func(error)
		serve = func(err error) {
			buf := make([]byte, 64)
			n, readErr := 0, err
			if err == nil {
				n, readErr = a.Read(buf)
			}
			if readErr != nil {
				if !errors.Is(readErr, goio.EOF) {
					t.Errorf("the server's read: %v", readErr)
				}
				serving.Done()
				return
			}
			if _, err := a.Write(buf[:n]); err != nil {
				t.Errorf("the server's write: %v", err)
			}
			a.AfterReadable(serve)
		}
		a.AfterReadable(serve)
		asking.Go(func() {
			defer b.Close()
			for i := range messages {
				checkEcho(t, b, byte(i))
			}
		})
	}
	asking.Wait()
	serving.Wait()
}

// checkEcho has the server at the other end of c echo a message of x.
func checkEcho(t *testing.T, c *Conn, x byte) {
	if _, err := c.Write([]byte{x, x, x}); err != nil {
		t.Errorf("Write: %v", err)
		return
	}
	buf := make([]byte, 3)
	if _, err := goio.ReadFull(c, buf); err != nil || buf[0] != x || buf[2] != x {
		t.Errorf("echo of %d: %v, %v", x, buf, err)
	}
}

// TestAfterReadableIsNotCollected forgets the connection: the arrangement has it.
func TestAfterReadableIsNotCollected(t *testing.T) {
	io := open(t, Config{})
	l := listenOn(t, io, "tcp4")
	peer, err := outside.Dial("tcp4", l.Addr().String())
	must(t, err)
	defer peer.Close()
	ended := make(chan error, 1)
	func() {
		c, err := l.Accept()
		must(t, err)
		c.(*Conn).AfterReadable(func(err error) { ended <- errors.Join(err, c.Close()) })
	}()
	for range 3 {
		runtime.GC()
	}
	_, err = peer.Write([]byte("x"))
	must(t, err)
	must(t, receive(t, ended, "call"))
	must(t, peer.SetReadDeadline(time.Now().Add(time.Minute)))
	if _, err := peer.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection is not closed: %v", err)
	}
}

// TestAfterReadableWaitsForRoom is at the limit of what may be in line.
func TestAfterReadableWaitsForRoom(t *testing.T) {
	io := open(t, Config{MaxQueued: 1})
	const conns = 20
	var all sync.WaitGroup
	for range conns {
		a, b := pairOn(t, io, "unix")
		all.Go(func() {
			ended, _ := afterReadableOf(a)
			_, err := b.Write([]byte("x"))
			if err = errors.Join(err, <-ended); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// A connection that was reset has something to read: the error.
func TestAfterReadableOfAResetConnection(t *testing.T) {
	io := open(t, Config{})
	a, b := pairOn(t, io, "tcp4")
	ended, _ := afterReadableOf(a)
	waitUnderWay(t, io, 1)
	must(t, b.SetLinger(0))
	must(t, b.Close())
	must(t, receive(t, ended, "call of the function"))
	if n, err := a.Read(make([]byte, 1)); err == nil || errors.Is(err, goio.EOF) {
		t.Errorf("Read: %d, %v, want a reset", n, err)
	}
}

// The zero Conn has no descriptor, which f is told.
func TestAfterReadableOfNoConnection(t *testing.T) {
	ended, _ := afterReadableOf(new(Conn))
	wantIs(t, receive(t, ended, "call of the function"), syscall.EINVAL)
}
