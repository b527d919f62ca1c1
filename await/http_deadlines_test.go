//go:build unix

package await

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
)

// What net/http asks of deadlines, without net/http.

var past = time.Unix(1, 0)

// eachPair runs f on two ends of a connection of each kind.
func eachPair(t *testing.T, f func(t *testing.T, aio *IO, a, b net.Conn)) {
	aio := theDefault(t)
	for _, network := range []string{"tcp4", "unix"} {
		t.Run(network, func(t *testing.T) {
			address := "127.0.0.1:0"
			if network == "unix" {
				address = filepath.Join(tempDir(t), "socket")
			}
			l, err := Listen(network, address)
			must(t, err)
			defer l.Close()
			a, b, stop, err := testutil.ConnPair(l, Dial)
			must(t, err)
			t.Cleanup(stop)
			f(t, aio, a, b)
		})
	}
}

func wantPassed(t *testing.T, err error) {
	t.Helper()
	var timeout net.Error
	if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("got error %v, want a timeout", err)
	}
}

func TestDeadlineInThePastEndsABlockedRead(t *testing.T) {
	eachPair(t, func(t *testing.T, aio *IO, a, b net.Conn) {
		p := make([]byte, 8)
		for range 20 {
			read := later(func() (int, error) { return a.Read(p) })
			waitUnderWay(t, aio, 1)
			must(t, a.SetReadDeadline(past))
			wantPassed(t, receive(t, read, "end of the read").err)
			_, err := a.Read(p)
			wantPassed(t, err)

			must(t, a.SetReadDeadline(time.Time{}))
			_, err = b.Write([]byte("data"))
			must(t, err)
			n, err := a.Read(p)
			wantCount(t, "Read", n, err, 4)
		}
	})
}

// A deadline that was moved away, or taken away, has no effect any more.
func TestDeadlineMovesUnderABlockedRead(t *testing.T) {
	for name, moved := range map[string]func() time.Time{
		"away":  func() time.Time { return time.Time{} },
		"later": func() time.Time { return time.Now().Add(time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			eachPair(t, func(t *testing.T, aio *IO, a, b net.Conn) {
				outlasts(t, a, b, func(soon time.Time) <-chan outcome {
					read := later(func() (int, error) { return a.Read(make([]byte, 8)) })
					waitUnderWay(t, aio, 1)
					must(t, a.SetReadDeadline(soon))
					return read
				}, func() { must(t, a.SetReadDeadline(moved())) })
			})
		})
	}
}

func TestDeadlineIsBroughtForwardUnderABlockedRead(t *testing.T) {
	eachPair(t, func(t *testing.T, aio *IO, a, _ net.Conn) {
		must(t, a.SetReadDeadline(time.Now().Add(time.Hour)))
		read := later(func() (int, error) { return a.Read(make([]byte, 8)) })
		waitUnderWay(t, aio, 1)
		soon := time.Now().Add(30 * time.Millisecond)
		must(t, a.SetReadDeadline(soon))
		wantPassed(t, receive(t, read, "end of the read").err)
		if time.Now().Before(soon) {
			t.Error("the read has ended too early")
		}
	})
}

func TestDeadlineIsOfOneDirection(t *testing.T) {
	eachPair(t, func(t *testing.T, aio *IO, a, b net.Conn) {
		p := make([]byte, 8)
		must(t, a.SetReadDeadline(past))
		n, err := a.Write([]byte("one"))
		wantCount(t, "Write", n, err, 3)
		_, err = a.Read(p)
		wantPassed(t, err)

		must(t, a.SetReadDeadline(time.Time{}))
		read := later(func() (int, error) { return a.Read(p) })
		waitUnderWay(t, aio, 1)
		must(t, a.SetWriteDeadline(past))
		_, err = a.Write([]byte("none"))
		wantPassed(t, err)
		_, err = b.Write([]byte("four"))
		must(t, err)
		o := receive(t, read, "data")
		wantCount(t, "Read", o.n, o.err, 4)

		must(t, a.SetDeadline(past))
		_, err = a.Read(p)
		wantPassed(t, err)
		_, err = a.Write(p)
		wantPassed(t, err)
	})
}

// A write that is stopped tells how much of it is under way to the peer.
func TestDeadlineEndsABlockedWrite(t *testing.T) {
	eachPair(t, func(t *testing.T, aio *IO, a, b net.Conn) {
		want := noise(1, 9<<20-1021)
		write := later(func() (int, error) { return a.Write(want) })
		waitUnderWay(t, aio, 1)
		must(t, a.SetWriteDeadline(past))
		o := receive(t, write, "end of the write")
		wantPassed(t, o.err)
		must(t, a.Close())
		got, err := io.ReadAll(b)
		must(t, err)
		if o.n != len(got) || sum(got) != sum(want[:len(got)]) {
			t.Errorf("%d bytes went out as the write has it; %d have arrived, or they are damaged", o.n, len(got))
		}
	})
}
