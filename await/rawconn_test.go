//go:build unix

package await

import (
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// rawPair is a connection and its raw form, and the peer.
func rawPair(t testing.TB, io *IO) (c *Conn, raw syscall.RawConn, peer net.Conn) {
	t.Helper()
	l := mustListen(t, &ListenConfig{IO: io}, "tcp", "127.0.0.1:0")
	peer, accepted := acceptedPair(t, l)
	c = accepted.(*Conn)
	raw, err := c.SyscallConn()
	must(t, err)
	return c, raw, peer
}

// readWith reads through raw as users do.
func readWith(raw syscall.RawConn, p []byte) (n int, err error) {
	failed := raw.Read(func(fd uintptr) bool {
		n, err = unix.Read(int(fd), p)
		return err != unix.EAGAIN
	})
	if failed != nil {
		return 0, failed
	}
	return n, err
}

func TestRawConnReadsAndWrites(t *testing.T) {
	io := open(t, Config{})
	c, raw, peer := rawPair(t, io)
	p := make([]byte, 16)
	ended := later(func() (int, error) { return readWith(raw, p) })
	waitUnderWay(t, io, 1)
	_, err := peer.Write([]byte("late"))
	must(t, err)
	o := receive(t, ended, "raw read")
	wantCount(t, "raw read", o.n, o.err, 4)
	must(t, raw.Write(func(fd uintptr) bool {
		_, err = unix.Write(int(fd), p[:4])
		return err != unix.EAGAIN
	}))
	must(t, err)
	n, err := peer.Read(p)
	wantCount(t, "read", n, err, 4)
	exchange(t, c, peer) // in non-blocking mode
}

// A write that has no room waits for some.
func TestRawConnWriteWaits(t *testing.T) {
	io := open(t, Config{})
	_, raw, peer := rawPair(t, io)
	total := 1 << 23
	ended := later(func() (sent int, err error) {
		chunk := make([]byte, 1<<16)
		for sent < total && err == nil {
			var n int
			var failed error
			err = raw.Write(func(fd uintptr) bool {
				n, failed = unix.Write(int(fd), chunk)
				return failed != unix.EAGAIN
			})
			if failed != nil {
				return sent, failed
			}
			sent += n
		}
		return sent, err
	})
	p := make([]byte, 1<<16)
	for got := 0; got < total; {
		n, err := peer.Read(p)
		must(t, err)
		got += n
	}
	must(t, receive(t, ended, "raw write").err)
}

func TestRawConnEndsAsNets(t *testing.T) {
	io := open(t, Config{})
	c, raw, _ := rawPair(t, io)
	past := time.Unix(1, 0)
	never := func(uintptr) bool { return false }
	check := func(op string, err, target error) {
		t.Helper()
		wantIs(t, err, target)
		e, ok := err.(*net.OpError)
		if !ok || e.Op != op || e.Net != "tcp" || e.Source == nil && op != "raw-control" {
			t.Errorf("got %#v, want a *net.OpError of %s", err, op)
		}
	}
	must(t, c.SetDeadline(past))
	check("raw-read", raw.Read(never), os.ErrDeadlineExceeded)
	check("raw-write", raw.Write(never), os.ErrDeadlineExceeded)
	must(t, c.SetDeadline(time.Time{}))
	ended := later(func() (int, error) { return 0, raw.Read(never) })
	waitUnderWay(t, io, 1)
	must(t, c.SetReadDeadline(past))
	check("raw-read", receive(t, ended, "raw read").err, os.ErrDeadlineExceeded)
	must(t, c.SetReadDeadline(time.Time{}))
	ended = later(func() (int, error) { return 0, raw.Read(never) })
	waitUnderWay(t, io, 1)
	must(t, c.Close())
	check("raw-read", receive(t, ended, "raw read").err, net.ErrClosed)
	check("raw-read", raw.Read(never), net.ErrClosed)
	check("raw-write", raw.Write(never), net.ErrClosed)
	check("raw-control", raw.Control(func(uintptr) {}), net.ErrClosed)
}

// A listener's raw form is for options.
func TestRawListener(t *testing.T) {
	io := open(t, Config{})
	l := mustListen(t, &ListenConfig{IO: io}, "tcp", "127.0.0.1:0")
	raw, err := l.SyscallConn()
	must(t, err)
	wantIs(t, raw.Read(nil), syscall.EINVAL)
	wantIs(t, raw.Write(nil), syscall.EINVAL)
	if optionOf(t, l, unix.SOL_SOCKET, unix.SO_ACCEPTCONN) == 0 {
		t.Error("it does not listen")
	}
	must(t, l.Close())
	wantIs(t, raw.Control(func(uintptr) {}), net.ErrClosed)
}

// Close waits for a function that has the number.
func TestRawConnControlKeepsTheNumber(t *testing.T) {
	io := open(t, Config{})
	c, raw, _ := rawPair(t, io)
	var closed <-chan outcome
	must(t, raw.Control(func(fd uintptr) {
		closed = later(func() (int, error) { return 0, c.Close() })
		time.Sleep(5 * time.Millisecond)
		if _, err := fdFlags(t, int(fd)); err != nil {
			t.Errorf("the number is closed: %v", err)
		}
	}))
	must(t, receive(t, closed, "close").err)
}

func TestFileIsAnotherDescriptor(t *testing.T) {
	io := open(t, Config{})
	c, _, peer := rawPair(t, io)
	f, err := c.File()
	must(t, err)
	flags, err := fdFlags(t, int(f.Fd()))
	if err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("flags %d, %v: not close-on-exec", flags, err)
	}
	must(t, c.Close())
	_, err = f.Write([]byte("still here"))
	must(t, err)
	p := make([]byte, 16)
	n, err := peer.Read(p)
	wantCount(t, "read", n, err, len("still here"))
	must(t, f.Close())
	_, err = c.File()
	wantIs(t, err, net.ErrClosed)
	l := mustListen(t, &ListenConfig{IO: io}, "tcp", "127.0.0.1:0")
	f, err = l.File()
	must(t, err)
	must(t, f.Close())
	packets, err := io.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	defer packets.Close()
	f, err = packets.(*PacketConn).File()
	must(t, err)
	must(t, f.Close())
}

// Blocked calls waited for a function of a raw connection that waited for them.
func TestCloseEndsCallsWhileARawFunctionRuns(t *testing.T) {
	io := open(t, Config{})
	a, _ := pairOn(t, io, "tcp4")
	raw, err := a.SyscallConn()
	must(t, err)
	waitUnderWay(t, io, 0)
	read := later(func() (int, error) { return a.Read(make([]byte, 1)) })
	waitUnderWay(t, io, 1)
	inside, closed := make(chan struct{}), make(chan outcome, 1)
	control := later(func() (int, error) {
		return 0, raw.Control(func(uintptr) {
			close(inside)
			got := receive(t, read, "end of Read")
			wantIs(t, got.err, net.ErrClosed)
		})
	})
	<-inside
	go func() { closed <- outcome{0, a.Close()} }()
	must(t, receive(t, control, "end of Control").err)
	must(t, receive(t, closed, "end of Close").err)
}
