//go:build unix

package await

import (
	"errors"
	goio "io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A fullStream is a stream, of ours or another's, whose peer does not read before drain.
type fullStream struct {
	writeStream
	drain func()
}

type writeStream interface {
	goio.Writer
	syscall.Conn
	SetWriteDeadline(t time.Time) error
	Close() error
}

// fullStreams are connections and pipes: of packages net and os, and ours.
var fullStreams = map[string]func(t *testing.T, io *IO) (theirs, ours fullStream){
	"tcp":  func(t *testing.T, io *IO) (theirs, ours fullStream) { return twoConns(t, io, "tcp4") },
	"unix": func(t *testing.T, io *IO) (theirs, ours fullStream) { return twoConns(t, io, "unix") },
	"pipe": twoPipes,
}

func twoConns(t *testing.T, io *IO, network string) (theirs, ours fullStream) {
	l, err := outside.Listen(network, addressFor(t, network))
	must(t, err)
	defer l.Close()
	accepted := func(c writeStream) fullStream {
		peer, err := l.Accept()
		must(t, err)
		return withPeer(t, c, peer)
	}
	a, err := outside.Dial(network, l.Addr().String())
	must(t, err)
	theirs = accepted(a.(writeStream))
	b, err := io.Dial(network, l.Addr().String())
	must(t, err)
	return theirs, accepted(b.(writeStream))
}

// withPeer is a stream to peer.
func withPeer(t *testing.T, s writeStream, peer goio.ReadCloser) fullStream {
	t.Cleanup(func() { _, _ = s.Close(), peer.Close() })
	return fullStream{s, func() { go func() { _, _ = goio.Copy(goio.Discard, peer) }() }}
}

// addressFor is one to listen on.
func addressFor(t *testing.T, network string) string {
	if network == "unix" {
		return tempDir(t) + "/s"
	}
	return "127.0.0.1:0"
}

func twoPipes(t *testing.T, io *IO) (theirs, ours fullStream) {
	r1, w1, err := os.Pipe()
	must(t, err)
	r2, f := pipeTo(t, io)
	return withPeer(t, w1, r1), withPeer(t, f, r2)
}

// TestQueuedWritesEndAsNetsAndOSs compares writes that wait for another write with those
// of packages net and os: with the same end they end in the same way.
func TestQueuedWritesEndAsNetsAndOSs(t *testing.T) {
	for name, setUp := range fullStreams {
		for end, do := range endsOfWrites {
			t.Run(name+"/"+end, func(t *testing.T) {
				io := open(t, Config{})
				theirs, ours := setUp(t, io)
				want := endedWrites(t, theirs, do)
				if got := endedWrites(t, ours, do); got != want {
					t.Errorf("writes ended with\n\t%s, want\n\t%s", got, want)
				}
			})
		}
	}
}

var endsOfWrites = map[string]func(t *testing.T, c fullStream){
	"deadline set during": func(t *testing.T, c fullStream) {
		must(t, c.SetWriteDeadline(time.Now().Add(5*time.Millisecond)))
	},
	"deadline past": func(t *testing.T, c fullStream) { must(t, c.SetWriteDeadline(past)) },
	"deadline moved earlier": func(t *testing.T, c fullStream) {
		must(t, c.SetWriteDeadline(time.Now().Add(time.Hour)))
		must(t, c.SetWriteDeadline(time.Now().Add(5*time.Millisecond)))
	},
	"deadline moved later": func(t *testing.T, c fullStream) {
		must(t, c.SetWriteDeadline(time.Now().Add(time.Minute)))
		must(t, c.SetWriteDeadline(time.Now().Add(time.Hour)))
		c.drain()
	},
	"deadline taken away": func(t *testing.T, c fullStream) {
		must(t, c.SetWriteDeadline(time.Now().Add(time.Minute)))
		must(t, c.SetWriteDeadline(time.Time{}))
		c.drain()
	},
	"Close": func(t *testing.T, c fullStream) { must(t, c.Close()) },
}

// endedWrites starts writes to a stream that has no room, all but one of which wait for
// another, and tells how they end.
func endedWrites(t *testing.T, c fullStream, do func(t *testing.T, c fullStream)) string {
	t.Helper()
	fillStream(t, c)
	large := make([]byte, 8<<20) // a socket may find some room yet
	var ends []<-chan outcome
	for range 3 {
		ends = append(ends, later(func() (int, error) { return c.Write(large) }))
	}
	time.Sleep(5 * time.Millisecond) // most likely they wait; if not, they end in the same way
	do(t, c)
	var lines []string
	for _, ended := range ends {
		lines = append(lines, endOfWrite(receive(t, ended, "end of a write")))
	}
	return strings.Join(lines, "\n\t")
}

// fillStream writes until the peer would have to read, however late its system takes
// what is under way. The stream is in non-blocking mode.
func fillStream(t *testing.T, c writeStream) {
	t.Helper()
	raw, err := c.SyscallConn()
	must(t, err)
	chunk := make([]byte, 1<<16)
	for idle := 0; idle < 3; {
		n := 0
		must(t, raw.Control(func(fd uintptr) { n = writeNow(t, int(fd), chunk) + writeNow(t, int(fd), chunk[:1]) }))
		if idle++; n > 0 {
			idle = 0
		}
		time.Sleep(5 * time.Millisecond) // no other sign tells that nothing is under way
	}
}

// writeNow writes p again and again until there is no room for it.
func writeNow(t *testing.T, fd int, p []byte) (total int) {
	if simulated {
		return simFill(t, fd, p)
	}
	for {
		n, err := syscall.Write(fd, p)
		switch err {
		case nil:
			total += n
		case syscall.EINTR:
		default:
			wantIs(t, err, syscall.EAGAIN)
			return total
		}
	}
}

// endOfWrite is what a program can tell of the end of a write.
func endOfWrite(o outcome) string {
	var op *net.OpError
	words := []string{class(o.err)}
	if errors.As(o.err, &op) {
		words = append(words, op.Op, op.Net, op.Err.Error())
	}
	var timeout net.Error
	if errors.As(o.err, &timeout) && timeout.Timeout() {
		words = append(words, "a timeout")
	}
	if errors.Is(o.err, net.ErrClosed) {
		words = append(words, "closed")
	}
	return strings.Join(words, ", ")
}
