//go:build unix

package await

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// A stack is a way to make connections: this package's, or package net.
type stack struct {
	peers  outsider
	listen func(network, address string) (net.Listener, error)
	dial   func(network, address string) (net.Conn, error)

	listenPacket func(network, address string) (net.PacketConn, error)
}

// connFailures are what goes wrong on a connection or listener. Each makes its
// mistake with a connected pair and their listener.
var connFailures = []struct {
	name string
	fail func(l net.Listener, a, b net.Conn) error
}{
	{"read after close", func(_ net.Listener, a, _ net.Conn) error { a.Close(); return readOne(a) }},
	{"write after close", func(_ net.Listener, a, _ net.Conn) error { a.Close(); return writeOne(a) }},
	{"close after close", func(_ net.Listener, a, _ net.Conn) error { a.Close(); return a.Close() }},
	{"deadline after close", func(_ net.Listener, a, _ net.Conn) error { a.Close(); return a.SetDeadline(time.Time{}) }},
	{"read deadline after close", func(_ net.Listener, a, _ net.Conn) error { a.Close(); return a.SetReadDeadline(time.Now()) }},
	{"half-close after close", func(_ net.Listener, a, _ net.Conn) error {
		a.Close()
		return a.(interface{ CloseWrite() error }).CloseWrite()
	}},
	{"write after half-close", func(_ net.Listener, a, _ net.Conn) error {
		if err := a.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
			return err
		}
		return writeOne(a)
	}},
	{"read at the end", func(_ net.Listener, a, b net.Conn) error { b.Close(); return readOne(a) }},
	{"write to nobody", func(_ net.Listener, a, b net.Conn) error {
		b.Close()
		for {
			if err := writeOne(a); err != nil {
				return err
			}
		}
	}},
	{"read deadline passed", func(_ net.Listener, a, _ net.Conn) error {
		return firstOf(a.SetReadDeadline(time.Unix(1, 0)), readOne(a))
	}},
	{"write deadline passed", func(_ net.Listener, a, _ net.Conn) error {
		return firstOf(a.SetWriteDeadline(time.Unix(1, 0)), writeOne(a))
	}},
	{"deadline hits a read", func(_ net.Listener, a, _ net.Conn) error {
		return firstOf(a.SetDeadline(time.Now().Add(time.Millisecond)), readOne(a))
	}},
	{"nothing read after the deadline", func(_ net.Listener, a, _ net.Conn) error {
		err := a.SetReadDeadline(time.Unix(1, 0))
		_, readErr := a.Read(nil)
		return firstOf(err, readErr)
	}},
	{"accept after close", func(l net.Listener, _, _ net.Conn) error { l.Close(); _, err := l.Accept(); return err }},
	{"close of a listener after close", func(l net.Listener, _, _ net.Conn) error { l.Close(); return l.Close() }},
	{"accept deadline passed", func(l net.Listener, _, _ net.Conn) error {
		err := l.(interface{ SetDeadline(time.Time) error }).SetDeadline(time.Unix(1, 0))
		_, acceptErr := l.Accept()
		return firstOf(err, acceptErr)
	}},
	{"deadline of a listener after close", func(l net.Listener, _, _ net.Conn) error {
		l.Close()
		return l.(interface{ SetDeadline(time.Time) error }).SetDeadline(time.Now())
	}},
}

func readOne(c net.Conn) error  { _, err := c.Read(make([]byte, 1)); return err }
func writeOne(c net.Conn) error { _, err := c.Write([]byte("x")); return err }

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestConnFailsAsNetDoes(t *testing.T) {
	io := open(t, Config{})
	ours, theirs := stack{listen: io.Listen, dial: io.Dial}, stack{listen: net.Listen, dial: net.Dial}
	for _, network := range []string{"tcp", "unix"} {
		for _, tt := range connFailures {
			t.Run(network+"/"+tt.name, func(t *testing.T) {
				got, want := failOn(t, ours, network, tt.fail), failOn(t, theirs, network, tt.fail)
				if got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			})
		}
	}
}

// failOn has fail make its mistake on a pair of s, and describes the error with
// names in place of the addresses.
func failOn(t *testing.T, s stack, network string, fail func(l net.Listener, a, b net.Conn) error) string {
	address := "127.0.0.1:0"
	if network == "unix" {
		address = tempDir(t) + "/s"
	}
	l, err := s.listen(network, address)
	must(t, err)
	defer l.Close()
	a, err := s.dial(network, l.Addr().String())
	must(t, err)
	defer a.Close()
	b, err := l.Accept()
	must(t, err)
	defer b.Close()
	names := strings.NewReplacer(l.Addr().String(), "LISTENER", a.LocalAddr().String(), "CLIENT")
	return names.Replace(describe(fail(l, a, b)))
}

// TestNoDescriptorLeft makes everything that needs a descriptor where there is
// none, and accepts the connection when there is one again.
func TestNoDescriptorLeft(t *testing.T) {
	io := open(t, Config{})
	l := listenOn(t, io, "tcp4")
	theirs, err := outside.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer theirs.Close()
	waiting := dial(t, l)
	dial(t, theirs)
	release := testutil.ExhaustDescriptors(t)
	_, got := l.Accept()
	_, want := theirs.Accept()
	describeOn := func(l net.Listener, err error) string {
		return strings.ReplaceAll(describe(err), l.Addr().String(), "LISTENER")
	}
	if g, w := describeOn(l, got), describeOn(theirs, want); g != w {
		t.Errorf("got  %s\nwant %s", g, w)
	}
	wantIs(t, got, unix.EMFILE)
	if n, ok := got.(interface{ Temporary() bool }); !ok || !n.Temporary() {
		t.Errorf("error %v is not temporary, and servers pause on those", got)
	}
	_, got = io.Dial("tcp", l.Addr().String())
	_, want = outside.Dial("tcp", l.Addr().String())
	wantSame(t, got, want)
	_, got = io.Listen("tcp", "127.0.0.1:0")
	_, want = outside.Listen("tcp", "127.0.0.1:0")
	wantSame(t, got, want)
	release()
	c, err := l.Accept()
	must(t, err)
	defer c.Close()
	if c.RemoteAddr().String() != waiting.LocalAddr().String() {
		t.Errorf("accepted %v, want the one that waited, %v", c.RemoteAddr(), waiting.LocalAddr())
	}
}

// A dial that finds no descriptor for a proactor says where it was to go, as one that finds none for its socket.
func TestDialWithoutAProactor(t *testing.T) {
	must(t, defaultIO.Close())
	defer testutil.ExhaustDescriptors(t)()
	for network, address := range map[string]string{"tcp": "127.0.0.1:1", "udp6": "[::1]:1", "unix": "/nosuch"} {
		_, err := Dial(network, address)
		wantIs(t, err, unix.EMFILE)
		var failed *net.OpError
		if !errors.As(err, &failed) || failed.Net != network || failed.Addr == nil || failed.Addr.String() != address {
			t.Errorf("got %v, want the address %s", err, address)
		}
	}
}
