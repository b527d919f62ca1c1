//go:build unix

package await

import (
	"errors"
	"math"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A limited is a call with a deadline, and what ends it.
type limited struct {
	set     func(time.Time) error
	call    func() error
	provide func() error // lets one call through
}

func limitedRead(c, peer net.Conn) limited {
	return limited{c.SetReadDeadline, func() error { return readOne(c) }, func() error { return writeOne(peer) }}
}

func limitedAccept(t *testing.T, l net.Listener) limited {
	accept := func() error {
		c, err := l.Accept()
		if err == nil {
			err = c.Close()
		}
		return err
	}
	dial := func() error {
		c, err := outside.Dial(l.Addr().Network(), l.Addr().String())
		if err == nil {
			t.Cleanup(func() { _ = c.Close() })
		}
		return err
	}
	return limited{l.(interface{ SetDeadline(time.Time) error }).SetDeadline, accept, dial}
}

func limitedPacket(c net.PacketConn) limited {
	read := func() error { _, _, err := c.ReadFrom(make([]byte, 8)); return err }
	send := func() error { _, err := c.WriteTo([]byte("x"), c.LocalAddr()); return err }
	return limited{c.SetReadDeadline, read, send}
}

func limitedFile(f aFile, w *os.File) limited {
	read := func() error { _, err := f.Read(make([]byte, 1)); return err }
	write := func() error { _, err := w.WriteString("x"); return err }
	return limited{f.SetReadDeadline, read, write}
}

// ourLimited are calls of this package, and theirLimited the same of the standard
// library.
func ourLimited(t *testing.T, io *IO) map[string]limited {
	a, b := pairOn(t, io, "tcp4")
	r, w := osPipe(t)
	f, err := io.AdoptFile(r)
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return map[string]limited{
		"conn": limitedRead(a, b), "listener": limitedAccept(t, listenOn(t, io, "tcp4")),
		"packet conn": limitedPacket(packetsOn(t, io, "udp4")), "file": limitedFile(f, w),
	}
}

func theirLimited(t *testing.T) map[string]limited {
	a, b := dialedBy(t, &net.Dialer{})
	l, err := outside.Listen("unix", filepath.Join(tempDir(t), "s"))
	must(t, err)
	p, err := outside.ListenPacket("udp4", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { must(t, errors.Join(a.Close(), b.Close(), l.Close(), p.Close())) })
	r, w := osPipe(t)
	return map[string]limited{
		"conn": limitedRead(a, b), "listener": limitedAccept(t, l), "packet conn": limitedPacket(p), "file": limitedFile(r, w),
	}
}

func osPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	must(t, err)
	t.Cleanup(func() { _, _ = r.Close(), w.Close() }) // one that was adopted is closed
	return r, w
}

var extremes = []struct {
	name string
	at   time.Time
}{
	{"the epoch", time.Unix(0, 0)},
	{"first instant", time.Time{}.Add(1)},
	{"long ago", time.Unix(-1<<40, 0)},
	{"before all", time.Unix(math.MinInt64, 0)},
	{"year 9999", time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)},
	{"far away", time.Unix(1<<40, 0)},
	{"farther", time.Unix(1<<62, 0)},
	{"after all", time.Unix(math.MaxInt64, 999_999_999)},
	{"longest duration", time.Now().Add(math.MaxInt64)},
}

// passes reports whether a call that would succeed meets its deadline.
func (l limited) passes(t *testing.T, at time.Time) bool {
	t.Helper()
	must(t, l.provide())
	must(t, l.set(at))
	err := l.call()
	must(t, l.set(time.Time{}))
	if err != nil {
		wantPassed(t, err)
		must(t, l.call())
	}
	return err != nil
}

// Instants that no arithmetic holds are the past or the future as in package net,
// for later calls and for calls that are blocked.
func TestExtremeDeadlines(t *testing.T) {
	io := open(t, Config{})
	theirs, ours := theirLimited(t), ourLimited(t, io)
	for _, x := range extremes {
		for kind, l := range ours {
			t.Run(x.name+" of a "+kind, func(t *testing.T) {
				want := theirs[kind].passes(t, x.at)
				if got := l.passes(t, x.at); got != want {
					t.Errorf("is it past? %t, want %t", got, want)
				}
				blocked := later(func() (int, error) { return 0, l.call() })
				waitUnderWay(t, io, 1)
				must(t, l.set(x.at))
				if want {
					wantPassed(t, receive(t, blocked, "end of the call").err)
				} else {
					must(t, l.provide())
					must(t, receive(t, blocked, "end of the call").err)
				}
				must(t, l.set(time.Time{}))
			})
		}
	}
}
