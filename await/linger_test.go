//go:build unix

package await

import (
	"context"
	"errors"
	goio "io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// lingerSeconds is longer than patience.
const lingerSeconds = 60

// linger makes a socket linger for long past SetLinger.
func linger(raw syscall.RawConn) error {
	var failed error
	err := raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptLinger(int(fd), unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1, Linger: lingerSeconds})
	})
	return errors.Join(err, failed)
}

func lingerFirst(_, _ string, c syscall.RawConn) error { return linger(c) }

func rawOf(t *testing.T, c syscall.Conn) syscall.RawConn {
	t.Helper()
	raw, err := c.SyscallConn()
	must(t, err)
	return raw
}

// lingering are the ways by which a connection can have come to linger, on io, to
// l's or from l's.
var lingering = map[string]func(t *testing.T, io *IO) (ours, peer net.Conn){
	"SetLinger": func(t *testing.T, io *IO) (ours, peer net.Conn) {
		ours, peer = dialedBy(t, &Dialer{IO: io})
		must(t, ours.(*Conn).SetLinger(lingerSeconds))
		return ours, peer
	},
	"SyscallConn": func(t *testing.T, io *IO) (ours, peer net.Conn) {
		ours, peer = dialedBy(t, &Dialer{IO: io})
		must(t, linger(rawOf(t, ours.(*Conn))))
		return ours, peer
	},
	"File": func(t *testing.T, io *IO) (ours, peer net.Conn) {
		ours, peer = dialedBy(t, &Dialer{IO: io})
		f, err := ours.(*Conn).File()
		must(t, err)
		must(t, linger(rawOf(t, f)))
		must(t, f.Close())
		return ours, peer
	},
	"Dialer.Control": func(t *testing.T, io *IO) (ours, peer net.Conn) {
		return dialedBy(t, &Dialer{IO: io, Control: lingerFirst})
	},
	"ListenConfig.Control": func(t *testing.T, io *IO) (ours, peer net.Conn) {
		l, err := (&ListenConfig{IO: io, Control: lingerFirst}).Listen(background, "tcp4", "127.0.0.1:0")
		must(t, err)
		peer, err = outside.Dial("tcp4", l.Addr().String())
		must(t, err)
		ours, err = l.Accept()
		must(t, errors.Join(err, l.Close()))
		return ours, peer
	},
	"AdoptConn": func(t *testing.T, io *IO) (ours, peer net.Conn) {
		theirs, peer := dialedBy(t, &net.Dialer{})
		must(t, theirs.(*net.TCPConn).SetLinger(lingerSeconds))
		ours, err := io.AdoptConn(theirs)
		must(t, err)
		return ours, peer
	},
}

// dialedBy is a connection that d made, and package net's other end.
func dialedBy(t *testing.T, d interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}) (c, peer net.Conn) {
	t.Helper()
	listen := outside.Listen
	if _, kernels := d.(*net.Dialer); kernels {
		listen = net.Listen
	}
	l, err := listen("tcp4", "127.0.0.1:0")
	must(t, err)
	c, err = d.DialContext(background, "tcp", l.Addr().String())
	must(t, err)
	peer, err = l.Accept()
	must(t, errors.Join(err, l.Close()))
	return c, peer
}

// A close that waits holds nobody up but its caller, however the option was set.
func TestConnCloseThatLingersIsNotTheLoops(t *testing.T) {
	for name, connect := range lingering {
		t.Run(name, func(t *testing.T) {
			io := open(t, Config{})
			ours, peer := connect(t, io)
			sent := fillUp(t, ours)
			closed := make(chan error, 1)
			go func() { closed <- ours.Close() }()
			testutil.Eventually(t, patience, ours.(*Conn).d.Closed, "the close has begun")
			others := later(func() (n int, err error) {
				for ; n < 100 && err == nil; n++ { // by the last, the close has come to where it waits
					err = io.Sleep(background, 100*time.Microsecond)
				}
				return n, err
			})
			// The close may end early, since a signal ends its wait: that is no matter.
			must(t, receive(t, others, "end of the others").err)
			n, err := goio.Copy(goio.Discard, peer)
			if err != nil || n != int64(sent) {
				t.Errorf("the peer got %d bytes of %d: %v", n, sent, err)
			}
			must(t, receive(t, closed, "end of the close"))
			must(t, peer.Close())
		})
	}
}

// fillUp writes until nothing more goes out.
func fillUp(t *testing.T, c net.Conn) (sent int) {
	t.Helper()
	for {
		must(t, c.SetWriteDeadline(time.Now().Add(50*time.Millisecond)))
		n, err := c.Write(make([]byte, 1<<20))
		sent += n
		if err != nil {
			wantIs(t, err, os.ErrDeadlineExceeded)
			return sent
		}
	}
}
