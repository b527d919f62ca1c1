//go:build unix

package await

import (
	"bytes"
	"context"
	"errors"
	goio "io"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// connNetworks are the networks of Conn that tests are run on.
var connNetworks = []string{"tcp4", "tcp6", "unix"}

// onConns runs test with both ends of a connection of each network.
func onConns(t *testing.T, test func(t *testing.T, io *IO, a, b *Conn)) {
	for _, network := range connNetworks {
		t.Run(network, func(t *testing.T) {
			io := open(t, Config{})
			a, b := pairOn(t, io, network)
			waitUnderWay(t, io, 0)
			test(t, io, a, b)
		})
	}
}

// wantNetError fails t unless err is a net.OpError of op on c.
func wantNetError(t testing.TB, err error, op string, c net.Conn) {
	t.Helper()
	failed, ok := err.(*net.OpError)
	if !ok {
		t.Fatalf("got error %v (%T), want a *net.OpError", err, err)
	}
	if failed.Op != op || failed.Source != c.LocalAddr() || failed.Addr != c.RemoteAddr() {
		t.Errorf("got error %q of %s from %v to %v, want of %s from %v to %v", err,
			failed.Op, failed.Source, failed.Addr, op, c.LocalAddr(), c.RemoteAddr())
	}
}

// wantDeadline fails t unless err is a deadline's end, in all its ways.
func wantDeadline(t testing.TB, err error) {
	t.Helper()
	wantIs(t, err, os.ErrDeadlineExceeded)
	var op *net.OpError
	if errors.As(err, &op) && op.Err != os.ErrDeadlineExceeded {
		t.Errorf("error %v has the cause %#v, want os.ErrDeadlineExceeded itself", err, op.Err)
	}
	var n net.Error
	if !errors.As(err, &n) || !n.Timeout() {
		t.Errorf("error %v is no net.Error with a timeout", err)
	}
}

func TestConnDeadlineHitsTheBlockedRead(t *testing.T) {
	onConns(t, func(t *testing.T, io *IO, a, b *Conn) {
		buf := make([]byte, 8)
		read := later(func() (int, error) { return a.Read(buf) })
		waitUnderWay(t, io, 1)
		must(t, a.SetReadDeadline(time.Unix(1, 0)))
		got := receive(t, read, "end of Read")
		wantDeadline(t, got.err)
		wantNetError(t, got.err, "read", a)

		// It stays in force, even for data that is there, and writes go on.
		_, err := b.Write([]byte("data"))
		must(t, err)
		_, err = a.Read(buf)
		wantDeadline(t, err)
		_, err = a.Write([]byte("x"))
		must(t, err)

		must(t, a.SetReadDeadline(time.Time{}))
		n, err := a.Read(buf)
		wantCount(t, "Read", n, err, 4)
	})
}

func TestConnDeadlineIsMovedWhileBlocked(t *testing.T) {
	onConns(t, func(t *testing.T, io *IO, a, b *Conn) {
		must(t, a.SetReadDeadline(time.Now().Add(time.Hour)))
		read := later(func() (int, error) { return a.Read(make([]byte, 8)) })
		waitUnderWay(t, io, 1)
		must(t, a.SetDeadline(time.Now().Add(time.Millisecond)))
		wantDeadline(t, receive(t, read, "end of Read").err)

		outlasts(t, a, b, func(soon time.Time) <-chan outcome { return readUntil(t, io, a, soon) },
			func() { must(t, a.SetReadDeadline(time.Time{})) })
	})
}

func TestConnDeadlineHitsTheBlockedWrite(t *testing.T) {
	onConns(t, func(t *testing.T, io *IO, a, b *Conn) {
		const size = 64 << 20 // more than sockets take
		block := make([]byte, size)
		write := later(func() (int, error) { return a.Write(block) })
		waitUnderWay(t, io, 1)
		must(t, a.SetWriteDeadline(time.Now().Add(10*time.Millisecond)))
		got := receive(t, write, "end of Write")
		wantDeadline(t, got.err)
		if got.n <= 0 || got.n >= size {
			t.Errorf("Write told of %d bytes, want a part of %d", got.n, size)
		}
		a.Close()
		n, err := goio.Copy(goio.Discard, b)
		if err != nil || n != int64(got.n) {
			t.Errorf("the peer got %d bytes, %v; Write told of %d", n, err, got.n)
		}
	})
}

func TestConnContextEndsACall(t *testing.T) {
	onConns(t, func(t *testing.T, io *IO, a, b *Conn) {
		cause := errors.New("cause")
		ctx, cancel := context.WithCancelCause(context.Background())
		read := later(func() (int, error) { return a.ReadContext(ctx, make([]byte, 8)) })
		other := later(func() (int, error) { return a.Read(make([]byte, 8)) })
		waitUnderWay(t, io, 2, a)
		cancel(cause)
		got := receive(t, read, "end of ReadContext")
		wantIs(t, got.err, cause, proactor.ErrCanceled)
		wantNetError(t, got.err, "read", a)
		_, err := a.WriteContext(ctx, []byte("x"))
		wantIs(t, err, cause)
		_, err = b.Write([]byte("data"))
		must(t, err)
		got = receive(t, other, "end of the other Read")
		wantCount(t, "the other Read", got.n, got.err, 4)
		_, err = a.ReadContext(nil, make([]byte, 1)) //lint:ignore SA1012 what is refused
		wantIs(t, err, os.ErrInvalid)
	})
}

func TestConnCloseEndsWhatIsBlocked(t *testing.T) {
	onConns(t, func(t *testing.T, io *IO, a, b *Conn) {
		read := later(func() (int, error) { return a.Read(make([]byte, 8)) })
		second := later(func() (int, error) { return a.Read(make([]byte, 8)) })
		write := later(func() (int, error) { return a.Write(make([]byte, 64<<20)) })
		waitUnderWay(t, io, 3, a)
		must(t, a.Close())
		for _, c := range []<-chan outcome{read, second, write} {
			got := receive(t, c, "end of a call")
			wantIs(t, got.err, net.ErrClosed)
			if !strings.Contains(got.err.Error(), "use of closed network connection") {
				t.Errorf("error %q: programs look for package net's words", got.err)
			}
		}
		wantConnClosed(t, a)
	})
}

// wantConnClosed fails t unless everything on c is refused as package net does.
func wantConnClosed(t testing.TB, c *Conn) {
	t.Helper()
	_, readErr := c.Read(make([]byte, 1))
	_, emptyErr := c.Read(nil)
	_, writeErr := c.Write([]byte("x"))
	for _, err := range []error{
		readErr, emptyErr, writeErr, c.Close(), c.CloseRead(), c.CloseWrite(),
		c.SetDeadline(time.Time{}), c.SetReadDeadline(time.Time{}), c.SetWriteDeadline(time.Time{}),
	} {
		wantIs(t, err, net.ErrClosed)
		wantIsNot(t, err, proactor.ErrCanceled)
	}
}

func TestConnCloseWhereItLingers(t *testing.T) {
	io := open(t, Config{})
	a, b := pairOn(t, io, "tcp4")
	must(t, a.SetLinger(1))
	read := later(func() (int, error) { return a.Read(make([]byte, 8)) })
	waitUnderWay(t, io, 1)
	_, err := a.Write([]byte("last"))
	must(t, err)
	must(t, a.Close())
	wantIs(t, receive(t, read, "end of Read").err, net.ErrClosed)
	rest, err := goio.ReadAll(b)
	if string(rest) != "last" || err != nil {
		t.Errorf("the peer got %q, %v", rest, err)
	}
	must(t, b.SetLinger(0))
	must(t, b.Close())
}

func TestConnHalfClose(t *testing.T) {
	onConns(t, func(t *testing.T, _ *IO, a, b *Conn) {
		_, err := a.Write([]byte("question"))
		must(t, err)
		must(t, a.CloseWrite())
		got, err := goio.ReadAll(b)
		if string(got) != "question" || err != nil {
			t.Fatalf("read %q, %v", got, err)
		}
		_, err = b.Write([]byte("answer"))
		must(t, err)
		must(t, b.Close())
		got, err = goio.ReadAll(a)
		if string(got) != "answer" || err != nil {
			t.Fatalf("read %q, %v", got, err)
		}
		_, err = a.Write([]byte("x"))
		wantIs(t, err, syscall.EPIPE)
		var failed *os.SyscallError
		if !errors.As(err, &failed) || failed.Syscall != "write" {
			t.Errorf("error %v names no system call", err)
		}
	})
}

func TestConnCloseReadEndsReads(t *testing.T) {
	onConns(t, func(t *testing.T, io *IO, a, _ *Conn) {
		read := later(func() (int, error) { return a.Read(make([]byte, 8)) })
		waitUnderWay(t, io, 1)
		must(t, a.CloseRead())
		if got := receive(t, read, "end of Read"); got.err != goio.EOF {
			t.Errorf("read %d, %v, want io.EOF", got.n, got.err)
		}
	})
}

// TestConnWritesDoNotMix has writers send blocks too large for the socket at
// once, each of one letter.
func TestConnWritesDoNotMix(t *testing.T) {
	onConns(t, func(t *testing.T, _ *IO, a, b *Conn) {
		const writers, size = 4, 3 << 20
		var wg sync.WaitGroup
		for i := range writers {
			wg.Go(func() {
				block := bytes.Repeat([]byte{'a' + byte(i)}, size)
				var err error
				if i%2 == 0 {
					_, err = a.Write(block)
				} else {
					_, err = a.WriteBuffers(&net.Buffers{block[:1], block[1 : size/2], nil, block[size/2:]})
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		buf := make([]byte, size)
		seen := map[byte]bool{}
		for range writers {
			_, err := goio.ReadFull(b, buf)
			must(t, err)
			if bytes.Count(buf, buf[:1]) != size || seen[buf[0]] {
				t.Fatalf("a block that begins with %q is mixed with others", buf[0])
			}
			seen[buf[0]] = true
		}
		wg.Wait()
	})
}

func TestConnReadersShareTheBytes(t *testing.T) {
	onConns(t, func(t *testing.T, _ *IO, a, b *Conn) {
		const readers, total = 4, 1 << 20
		counts := make(chan outcome, readers)
		for range readers {
			go func() {
				n, err := goio.Copy(goio.Discard, readerOnly{b})
				counts <- outcome{int(n), err}
			}()
		}
		_, err := a.Write(make([]byte, total))
		must(t, err)
		must(t, a.Close())
		sum := 0
		for range readers {
			got := receive(t, counts, "reader's end")
			must(t, got.err)
			sum += got.n
		}
		if sum != total {
			t.Errorf("readers got %d bytes of %d", sum, total)
		}
	})
}

func TestConnWriteBuffers(t *testing.T) {
	onConns(t, func(t *testing.T, _ *IO, a, b *Conn) {
		buffers := make(net.Buffers, 3000) // more than one call takes
		var want []byte
		for i := range buffers {
			buffers[i] = bytes.Repeat([]byte{byte(i)}, i%7)
			want = append(want, buffers[i]...)
		}
		n, err := a.WriteBuffers(&buffers)
		if n != int64(len(want)) || err != nil || len(buffers) != 0 {
			t.Fatalf("wrote %d, %v, left %d buffers; want %d", n, err, len(buffers), len(want))
		}
		must(t, a.Close())
		if got, err := goio.ReadAll(b); err != nil || !bytes.Equal(got, want) {
			t.Errorf("the peer got %d bytes, %v, want %d others", len(got), err, len(want))
		}
		rest := net.Buffers{{1}}
		_, err = a.WriteBuffers(&rest)
		wantIs(t, err, net.ErrClosed)
		if len(rest) != 1 {
			t.Error("buffers that were not written are gone")
		}
	})
}

// TestWriteBuffersGathersAsManyAsItMay counts the calls that many buffers take.
func TestWriteBuffersGathersAsManyAsItMay(t *testing.T) {
	buffers := make(net.Buffers, 2*buffersMax+1)
	for i := range buffers {
		buffers[i] = []byte{1}
	}
	m := new(proactor.Message)
	var calls []int
	for gatherSome(m, buffers) {
		calls = append(calls, len(m.Buffers))
		consume(&buffers, len(m.Buffers))
	}
	if want := []int{buffersMax, buffersMax, 1}; !slices.Equal(calls, want) {
		t.Errorf("calls of %d buffers, want %d", calls, want)
	}
}

func TestConnIsAReader(t *testing.T) {
	onConns(t, func(t *testing.T, _ *IO, a, b *Conn) {
		content := bytes.Repeat([]byte("0123456789"), 5000)
		sent := later(func() (int, error) { // a socket may take less than all of it at once
			n, err := a.ReadFrom(bytes.NewReader(content))
			return int(n), errors.Join(err, a.CloseWrite())
		})
		must(t, iotest.TestReader(b, content))
		o := receive(t, sent, "end of ReadFrom")
		wantCount(t, "ReadFrom", o.n, o.err, len(content))
	})
}

func TestConnCopies(t *testing.T) {
	onConns(t, func(t *testing.T, _ *IO, a, b *Conn) {
		content := bytes.Repeat([]byte("0123456789"), 50_000)
		sent := later(func() (int, error) {
			n, err := goio.Copy(a, bytes.NewReader(content))
			return int(n), errors.Join(err, a.CloseWrite())
		})
		var got bytes.Buffer
		n, err := b.WriteTo(&got)
		wantCount(t, "WriteTo", int(n), err, len(content))
		if !bytes.Equal(got.Bytes(), content) {
			t.Error("the copy differs")
		}
		must(t, receive(t, sent, "end of the copy").err)
		_, err = b.ReadFrom(iotest.ErrReader(syscall.EIO))
		wantCopyError(t, b, err, "readfrom")
		_, err = b.Write([]byte("x"))
		must(t, err)
		_, err = a.WriteTo(failingWriter{})
		wantCopyError(t, a, err, "writeto")
	})
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, syscall.EIO }

// wantCopyError fails t unless err is EIO as io.Copy on a connection of package net like c returns it.
func wantCopyError(t *testing.T, c *Conn, err error, op string) {
	t.Helper()
	failed, wrapped := err.(*net.OpError)
	switch _, tcp := c.LocalAddr().(*net.TCPAddr); {
	case tcp && (!wrapped || failed.Op != op || failed.Err != syscall.EIO):
		t.Errorf("error %v, want EIO of %s", err, op)
	case !tcp && err != syscall.EIO:
		t.Errorf("error %v, want EIO alone", err)
	}
}

// TestConnNumberIsNotMetAfterClose has calls race with a close whose number
// somebody else gets at once: none may read what was sent to the new one.
func TestConnNumberIsNotMetAfterClose(t *testing.T) {
	io := open(t, Config{})
	for range 100 {
		a, _ := pairOn(t, io, "unix")
		var wg sync.WaitGroup
		start := make(chan struct{})
		for range 4 {
			wg.Go(func() {
				<-start
				for {
					n, err := a.Read(make([]byte, 8))
					if n > 0 {
						t.Errorf("read %d bytes that were sent to somebody else", n)
					}
					if err != nil {
						wantIs(t, err, net.ErrClosed)
						return
					}
				}
			})
		}
		close(start)
		runtime.Gosched()
		must(t, a.Close())
		c, d := pairOn(t, io, "unix") // likely with a's number
		_, err := d.Write([]byte("secret"))
		must(t, err)
		n, err := c.Read(make([]byte, 8))
		wantCount(t, "Read", n, err, 6)
		wg.Wait()
	}
}

func TestForgottenConnIsClosed(t *testing.T) {
	io := open(t, Config{})
	_, b := pairAndForget(t, io)
	read := later(func() (int, error) { return b.Read(make([]byte, 1)) })
	testutil.Eventually(t, patience, func() bool {
		runtime.GC()
		select {
		case got := <-read:
			if got.err != goio.EOF {
				t.Errorf("read %d, %v, want io.EOF", got.n, got.err)
			}
			return true
		default:
			return false
		}
	}, "the forgotten connection is closed")
}

// pairAndForget keeps only one end.
func pairAndForget(t *testing.T, io *IO) (none *Conn, b *Conn) {
	l := listenOn(t, io, "unix")
	_, err := io.Dial("unix", l.Addr().String())
	must(t, err)
	b, err = l.AcceptContext(context.Background())
	must(t, err)
	t.Cleanup(func() { b.Close() })
	return nil, b
}

func TestConnOfAClosedIO(t *testing.T) {
	testutil.CheckLeaks(t)
	io, err := start(t, Config{})
	must(t, err)
	a, b := pairOn(t, io, "tcp4")
	read := later(func() (int, error) { return a.Read(make([]byte, 1)) })
	waitUnderWay(t, io, 1)
	must(t, io.Close())
	wantIs(t, receive(t, read, "end of Read").err, net.ErrClosed)
	_, err = b.Write([]byte("x"))
	wantIs(t, err, net.ErrClosed)
	must(t, a.Close()) // the descriptor goes all the same
	must(t, b.Close())
}

// TestConnOutlivesAnIdleProactor uses a connection across the end and the new
// start of its proactor.
func TestConnOutlivesAnIdleProactor(t *testing.T) {
	io := open(t, Config{IdleTimeout: time.Millisecond})
	a, b := pairOn(t, io, "tcp4")
	for range 5 {
		e := proactorOf(t, io, -1)
		<-e.Done()
		_, err := a.Write([]byte("hello"))
		must(t, err)
		n, err := b.Read(make([]byte, 8))
		wantCount(t, "Read", n, err, 5)
	}
}

// A deadline that the kernel counts cannot be put off.
func TestDeadlinesMoveWithLinkedTimeouts(t *testing.T) {
	io := open(t, Config{LinkedTimeouts: true})
	a, b := pairOn(t, io, "tcp4")
	outlasts(t, a, b, func(soon time.Time) <-chan outcome { return readUntil(t, io, a, soon) },
		func() { must(t, a.SetReadDeadline(time.Time{})) })
}
