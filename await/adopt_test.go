//go:build unix

package await

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// setMode puts c's socket into one of the two modes.
func setMode(t testing.TB, c syscall.Conn, nonblock bool) {
	t.Helper()
	raw, err := c.SyscallConn()
	must(t, err)
	must(t, raw.Control(func(fd uintptr) {
		if err := unix.SetNonblock(int(fd), nonblock); err != nil {
			t.Error(err)
		}
	}))
}

func TestAdoptConn(t *testing.T) {
	io := open(t, Config{})
	for _, l := range streams(t) {
		for _, nonblock := range []bool{false, true} {
			network := l.Addr().Network()
			theirs, err := outside.Dial(network, l.Addr().String())
			must(t, err)
			peer, err := l.Accept()
			must(t, err)
			local, remote := theirs.LocalAddr(), theirs.RemoteAddr()
			setMode(t, theirs.(syscall.Conn), nonblock)
			c, err := io.AdoptConn(theirs)
			must(t, err)
			wantIs(t, theirs.SetDeadline(time.Time{}), net.ErrClosed)
			if !reflect.DeepEqual(c.LocalAddr(), local) || !reflect.DeepEqual(c.RemoteAddr(), remote) {
				t.Errorf("got %v and %v, want %v and %v", c.LocalAddr(), c.RemoteAddr(), local, remote)
			}
			exchange(t, c, peer)
			must(t, c.SetReadDeadline(time.Now().Add(10*time.Millisecond)))
			_, err = c.Read(make([]byte, 1))
			wantIs(t, err, os.ErrDeadlineExceeded)
			must(t, c.Close())
			must(t, peer.Close())
		}
	}
}

func TestAdoptDatagrams(t *testing.T) {
	io := open(t, Config{})
	theirs, err := outside.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	local := theirs.LocalAddr()
	packets, err := io.AdoptPacketConn(theirs)
	must(t, err)
	defer packets.Close()
	if !reflect.DeepEqual(packets.LocalAddr(), local) {
		t.Errorf("got %#v, want %#v", packets.LocalAddr(), local)
	}
	dialed, err := outside.Dial("udp", local.String())
	must(t, err)
	conn, err := io.AdoptConn(dialed)
	must(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte("packet"))
	must(t, err)
	p := make([]byte, 16)
	n, from, err := packets.ReadFrom(p)
	wantCount(t, "read", n, err, 6)
	if from.String() != conn.LocalAddr().String() {
		t.Errorf("came from %v, want %v", from, conn.LocalAddr())
	}
}

func TestAdoptListener(t *testing.T) {
	io := open(t, Config{})
	path := filepath.Join(tempDir(t), "s")
	for _, a := range [][2]string{{"tcp", "127.0.0.1:0"}, {"unix", path}} {
		theirs, err := outside.Listen(a[0], a[1])
		must(t, err)
		addr := theirs.Addr()
		l, err := io.AdoptListener(theirs)
		must(t, err)
		if !reflect.DeepEqual(l.Addr(), addr) {
			t.Errorf("got %#v, want %#v", l.Addr(), addr)
		}
		dialed, accepted := acceptedPair(t, l)
		exchange(t, dialed, accepted)
		if a[0] == "tcp" && optionOf(t, accepted, unix.IPPROTO_TCP, unix.TCP_NODELAY) == 0 {
			t.Error("TCP_NODELAY is off")
		}
		must(t, l.Close())
	}
	if _, err := outside.Stat(path); err != nil {
		t.Errorf("the path is gone: %v", err)
	}
}

// What File and net.FileListener make can be adopted, ours too.
func TestAdoptOurOwn(t *testing.T) {
	io := open(t, Config{})
	first := mustListen(t, &ListenConfig{IO: io}, "tcp", "127.0.0.1:0")
	f, err := first.File()
	must(t, err)
	theirs, err := net.FileListener(f)
	must(t, err)
	must(t, f.Close())
	second, err := io.AdoptListener(theirs)
	must(t, err)
	third, err := io.AdoptListener(second)
	must(t, err)
	defer third.Close()
	must(t, first.Close())
	dialed, accepted := acceptedPair(t, third)
	c, err := io.AdoptConn(accepted)
	must(t, err)
	defer c.Close()
	exchange(t, dialed, c)
}

func TestAdoptOnTheDefaultIO(t *testing.T) {
	theirs, err := outside.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	l, err := AdoptListener(theirs)
	must(t, err)
	defer l.Close()
	dialed, accepted := acceptedPair(t, l)
	c, err := AdoptConn(dialed)
	must(t, err)
	defer c.Close()
	exchange(t, c, accepted)
	packets, err := outside.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	adopted, err := AdoptPacketConn(packets)
	must(t, err)
	must(t, adopted.Close())
}

// What the peer has reset is told as package net tells it.
func TestAdoptAConnectionThatWasReset(t *testing.T) {
	io := open(t, Config{})
	reset := func() net.Conn {
		c, peer := dialedBy(t, &net.Dialer{})
		must(t, errors.Join(peer.(*net.TCPConn).SetLinger(0), peer.Close()))
		waitReadable(t, c)
		return c
	}
	calls := func(c net.Conn) (lines []string) {
		local, remote := c.LocalAddr().String(), c.RemoteAddr().String()
		for _, err := range []error{readOne(c), readOne(c), writeOne(c), c.Close()} {
			text := strings.ReplaceAll(fmt.Sprint(err), local, "LOCAL")
			lines = append(lines, strings.ReplaceAll(text, remote, "REMOTE"))
		}
		return lines
	}
	theirs := reset()
	want := calls(theirs)
	ours, err := io.AdoptConn(reset())
	must(t, err)
	if got := calls(ours); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// waitReadable waits for what has arrived, without taking it.
func waitReadable(t *testing.T, c net.Conn) {
	t.Helper()
	must(t, rawOf(t, c.(syscall.Conn)).Read(func(fd uintptr) bool {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		return n > 0 || err != nil
	}))
}

func TestAdoptRefuses(t *testing.T) {
	io := open(t, Config{})
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	_, err := io.AdoptConn(a)
	wantIs(t, err, errors.ErrUnsupported)
	l, err := outside.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	dialed, _ := acceptedPair(t, l)
	_, err = io.AdoptPacketConn(packetConnOf{dialed.(*net.TCPConn)})
	wantIs(t, err, errors.ErrUnsupported)
	_, err = io.AdoptListener(listenerOf{l, dialed.(*net.TCPConn)})
	wantIs(t, err, errors.ErrUnsupported)
	_, err = io.AdoptConn(connOf{dialed, l.(*net.TCPListener)})
	wantIs(t, err, errors.ErrUnsupported)
	must(t, dialed.SetDeadline(time.Time{})) // it is as it was
	must(t, dialed.Close())
	_, err = io.AdoptConn(dialed)
	wantIs(t, err, net.ErrClosed)
	must(t, io.Close())
	_, err = io.AdoptListener(l)
	wantIs(t, err, net.ErrClosed)
}

// Sockets of the wrong kind behind an interface.
type (
	packetConnOf struct{ *net.TCPConn }
	listenerOf   struct {
		net.Listener
		c *net.TCPConn
	}
	connOf struct {
		net.Conn
		l *net.TCPListener
	}
)

func (packetConnOf) ReadFrom([]byte) (int, net.Addr, error) { return 0, nil, errors.ErrUnsupported }
func (packetConnOf) WriteTo([]byte, net.Addr) (int, error)  { return 0, errors.ErrUnsupported }
func (l listenerOf) SyscallConn() (syscall.RawConn, error)  { return l.c.SyscallConn() }
func (c connOf) SyscallConn() (syscall.RawConn, error)      { return c.l.SyscallConn() }
