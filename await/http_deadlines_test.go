//go:build unix

package await

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"
)

// What net/http asks of deadlines, without net/http.

var past = time.Unix(1, 0)

// eachPair runs f on two ends of a connection of each kind.
func eachPair(t *testing.T, f func(t *testing.T, aio *IO, a, b net.Conn)) {
	for _, network := range []string{"tcp4", "unix"} {
		t.Run(network, func(t *testing.T) {
			aio := theDefault(t)
			address := "127.0.0.1:0"
			if network == "unix" {
				address = "socket"
			}
			a, b, stop, err := connPair(t, network, address)
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
				p := make([]byte, 8)
				read := later(func() (int, error) { return a.Read(p) })
				waitUnderWay(t, aio, 1)
				soon := time.Now().Add(100 * time.Millisecond)
				must(t, a.SetReadDeadline(soon))
				must(t, a.SetReadDeadline(moved()))

				// The other end is the clock.
				must(t, b.SetReadDeadline(soon.Add(50*time.Millisecond)))
				_, err := b.Read(make([]byte, 8))
				wantPassed(t, err)
				_, err = b.Write([]byte("data"))
				must(t, err)
				o := receive(t, read, "data")
				wantCount(t, "Read", o.n, o.err, 4)
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

// What a server's read in the background goes through with each request: it is
// stopped just when, perhaps, the next request's first byte comes.
func TestDeadlineRacesWithTheNextByte(t *testing.T) {
	eachPair(t, func(t *testing.T, _ *IO, a, b net.Conn) {
		stopped := 0
		for i := range 500 {
			var p [1]byte
			read := later(func() (int, error) { return a.Read(p[:]) })
			written := later(func() (int, error) { return b.Write([]byte{byte(i)}) })
			must(t, a.SetReadDeadline(past))
			o := receive(t, read, "end of the read")
			must(t, a.SetReadDeadline(time.Time{}))
			if o.err != nil {
				wantPassed(t, o.err)
				if o.n != 0 {
					t.Fatalf("a read was stopped and has %d bytes", o.n)
				}
				stopped++
				o.n, o.err = a.Read(p[:])
			}
			wantCount(t, "Read", o.n, o.err, 1)
			if p[0] != byte(i) {
				t.Fatalf("got byte %d, want %d", p[0], byte(i))
			}
			must(t, receive(t, written, "end of the write").err)
		}
		t.Logf("%d of 500 reads were stopped", stopped)
	})
}

// No byte is lost, and none comes twice, however often both ends are stopped.
func TestDeadlinesThatMoveAllTheTime(t *testing.T) {
	eachPair(t, func(t *testing.T, _ *IO, a, b net.Conn) {
		var streams, hammers sync.WaitGroup
		stop := make(chan struct{})
		for _, c := range []net.Conn{a, b} {
			hammers.Go(func() { moveDeadlines(t, c, 1000) })
			hammers.Go(func() { moveDeadlines(t, c, 1000) })
		}
		go func() { hammers.Wait(); close(stop) }()
		sent, got := sha256.New(), sha256.New()
		streams.Go(func() { sendUntil(t, b, sent, stop) })
		streams.Go(func() {
			timeouts, err := receiveAll(a, got)
			if err != nil {
				t.Error(err)
			}
			t.Logf("%d reads were stopped", timeouts)
		})
		streams.Wait()
		if fmt.Sprintf("%x", got.Sum(nil)) != fmt.Sprintf("%x", sent.Sum(nil)) {
			t.Error("what has arrived is not what was sent")
		}
	})
}

// moveDeadlines moves c's deadlines into the past and away again.
func moveDeadlines(t *testing.T, c net.Conn, times int) {
	for i := range times {
		set := []func(time.Time) error{c.SetReadDeadline, c.SetWriteDeadline, c.SetDeadline}[i%3]
		for _, at := range []time.Time{past, time.Now().Add(time.Millisecond), {}} {
			if err := set(at); err != nil {
				t.Error(err)
			}
		}
	}
	if err := c.SetDeadline(time.Time{}); err != nil {
		t.Error(err)
	}
}

// sendUntil writes in pieces until stop, and then closes. What a stopped write
// has not sent it sends again.
func sendUntil(t *testing.T, c net.Conn, h io.Writer, stop <-chan struct{}) {
	defer c.Close()
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
		}
		rest := noise(uint64(i), 1+i%50*1000)
		for len(rest) > 0 {
			n, err := c.Write(rest)
			_, _ = h.Write(rest[:n]) // a hash never fails
			rest = rest[n:]
			if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error(err)
				return
			}
		}
	}
}

// receiveAll reads c to its end, whatever stops it.
func receiveAll(c net.Conn, h io.Writer) (timeouts int, err error) {
	p := make([]byte, 10_000)
	for {
		n, err := c.Read(p)
		_, _ = h.Write(p[:n]) // a hash never fails
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			timeouts++
		case errors.Is(err, io.EOF):
			return timeouts, nil
		case err != nil:
			return timeouts, err
		}
	}
}
