//go:build unix

package await

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/netname"
)

// optionOf is an option of c's socket.
func optionOf(t testing.TB, c any, level, option int) int {
	t.Helper()
	raw, err := c.(syscall.Conn).SyscallConn()
	must(t, err)
	var value int
	var failed error
	must(t, raw.Control(func(fd uintptr) { value, failed = unix.GetsockoptInt(int(fd), level, option) }))
	must(t, failed)
	return value
}

// mustListen listens for as long as t lasts.
func mustListen(t testing.TB, lc *ListenConfig, network, address string) *Listener {
	t.Helper()
	l, err := lc.Listen(background, network, address)
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l.(*Listener)
}

// accepted connects to l and returns both ends.
func acceptedPair(t testing.TB, l net.Listener) (dialed, accepted net.Conn) {
	t.Helper()
	dialed, err := outside.Dial(l.Addr().Network(), l.Addr().String())
	must(t, err)
	t.Cleanup(func() { _ = dialed.Close() })
	accepted, err = l.Accept()
	must(t, err)
	t.Cleanup(func() { _ = accepted.Close() })
	return dialed, accepted
}

func TestListenIsWhereNetIs(t *testing.T) {
	io := open(t, Config{})
	dir := tempDir(t)
	for _, c := range [][2]string{
		{"tcp", "127.0.0.1:0"}, {"tcp", ":0"}, {"tcp", ""}, {"tcp", "0.0.0.0:0"}, {"tcp", "[::]:0"}, {"tcp", "localhost:0"},
		{"tcp4", ":0"}, {"tcp4", "127.0.0.1:0"}, {"tcp4", "[::]:0"}, {"tcp6", ":0"}, {"tcp6", "[::1]:0"}, {"tcp6", "[::]:0"},
		{"unix", filepath.Join(dir, "s")}, {"unixpacket", filepath.Join(dir, "p")}, {"unix", "@awaitio-listen-test"},
	} {
		t.Run(c[0]+" "+c[1], func(t *testing.T) {
			theirs, err := outside.Listen(c[0], c[1])
			if err != nil {
				t.Skipf("package net cannot: %v", err)
			}
			sameAs := theirs.Addr()
			must(t, theirs.Close())
			l := mustListen(t, &ListenConfig{IO: io}, c[0], c[1])
			sameAddr(t, "address", l.Addr(), sameAs)
			dialed, accepted := acceptedPair(t, l)
			exchange(t, dialed, accepted)
			sameAddr(t, "peer", accepted.RemoteAddr(), peerForNet(t, c[0], c[1]))
		})
	}
}

// peerForNet is the address of a peer as a listener of package net tells it.
func peerForNet(t testing.TB, network, address string) net.Addr {
	t.Helper()
	if netname.IsUnix(network) {
		address += "-net"
	}
	l, err := outside.Listen(network, address)
	must(t, err)
	defer l.Close()
	_, accepted := acceptedPair(t, l)
	return accepted.RemoteAddr()
}

func TestListenPacketIsWhereNetIs(t *testing.T) {
	io := open(t, Config{})
	dir := tempDir(t)
	for _, c := range [][2]string{
		{"udp", "127.0.0.1:0"}, {"udp", ":0"}, {"udp", ""}, {"udp", "[::]:0"}, {"udp4", ":0"}, {"udp6", "[::1]:0"},
		{"udp", "224.0.0.254:0"}, {"unixgram", filepath.Join(dir, "d")},
	} {
		t.Run(c[0]+" "+c[1], func(t *testing.T) {
			theirs, err := outside.ListenPacket(c[0], c[1])
			if err != nil {
				t.Skipf("package net cannot: %v", err)
			}
			defer outside.Remove(c[1])
			sameAs := theirs.LocalAddr()
			must(t, theirs.Close())
			_ = outside.Remove(c[1]) // package net leaves it
			ours, err := io.ListenPacket(c[0], c[1])
			must(t, err)
			defer ours.Close()
			sameAddr(t, "address", ours.LocalAddr(), sameAs)
			if c[0] != "unixgram" && optionOf(t, ours, unix.SOL_SOCKET, unix.SO_BROADCAST) == 0 {
				t.Error("broadcasts are not allowed")
			}
		})
	}
}

func TestListenFailsAsNetDoes(t *testing.T) {
	io := open(t, Config{})
	busy, err := outside.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer busy.Close()
	busyPacket, err := outside.ListenPacket("udp4", "127.0.0.1:0")
	must(t, err)
	defer busyPacket.Close()
	path := filepath.Join(tempDir(t), "busy")
	busyPath, err := outside.Listen("unix", path)
	must(t, err)
	defer busyPath.Close()
	ended, cancel := context.WithCancel(background)
	cancel()
	for _, c := range []struct {
		name, network, address string
		ctx                    context.Context
	}{
		{"in use", "tcp", busy.Addr().String(), background},
		{"in use udp", "udp", busyPacket.LocalAddr().String(), background},
		{"in use unix", "unix", path, background},
		{"in use unixgram", "unixgram", path, background},
		{"not here", "tcp", "192.0.2.1:0", background},
		{"not here udp", "udp", "192.0.2.1:0", background},
		{"no directory", "unix", "/nonexistent/dir/sock", background},
		{"long path", "unix", "/tmp/" + strings.Repeat("x", 200), background},
		{"unknown network", "bogus", "x", background},
		{"no port", "tcp", "127.0.0.1", background},
		{"unknown service", "tcp", "127.0.0.1:no-such-service", background},
		{"port too large", "udp", "127.0.0.1:65536", background},
		{"other version", "tcp4", "[::1]:0", background},
		{"datagrams", "udp", "127.0.0.1:0", background},
		{"no datagrams", "tcp", "127.0.0.1:0", background},
		{"context over", "tcp", "nobody.example.:0", ended},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.network != "unixgram" {
				want, got := listenBoth(c.ctx, io, c.network, c.address)
				wantAlike(t, got, want)
			}
			if c.network != "unix" {
				want, got := listenPacketBoth(c.ctx, io, c.network, c.address)
				wantAlike(t, got, want)
			}
		})
	}
	var kind *net.AddrError
	if _, err = io.Listen("unixgram", path); !errors.As(err, &kind) {
		t.Errorf("Listen for datagrams: %v", err)
	}
	if _, err = io.ListenPacket("unix", path); !errors.As(err, &kind) {
		t.Errorf("ListenPacket for connections: %v", err)
	}
	_, err = (&ListenConfig{IO: io}).Listen(noContext, "tcp", ":0")
	wantIs(t, err, fdcall.ErrNilContext)
	must(t, io.Close())
	_, err = io.Listen("tcp", ":0")
	wantIs(t, err, net.ErrClosed)
}

// wantAlike is wantSame for calls that may have no error.
func wantAlike(t testing.TB, got, want error) {
	t.Helper()
	if got != nil || want != nil {
		wantSame(t, got, want)
	}
}

// listenBoth is the errors of both libraries.
func listenBoth(ctx context.Context, io *IO, network, address string) (want, got error) {
	theirs, want := new(net.ListenConfig).Listen(ctx, network, address)
	if want == nil {
		_ = theirs.Close()
	}
	ours, got := (&ListenConfig{IO: io}).Listen(ctx, network, address)
	if got == nil {
		_ = ours.Close()
	}
	return want, got
}

func listenPacketBoth(ctx context.Context, io *IO, network, address string) (want, got error) {
	theirs, want := new(net.ListenConfig).ListenPacket(ctx, network, address)
	if want == nil {
		_ = theirs.Close()
	}
	ours, got := (&ListenConfig{IO: io}).ListenPacket(ctx, network, address)
	if got == nil {
		_ = ours.Close()
	}
	return want, got
}

func TestListenOnBothVersions(t *testing.T) {
	needV6(t)
	io := open(t, Config{})
	l := mustListen(t, &ListenConfig{IO: io}, "tcp", ":0")
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	for _, host := range []string{"127.0.0.1", "::1"} {
		dialed, err := io.Dial("tcp", net.JoinHostPort(host, port))
		must(t, err)
		accepted, err := l.Accept()
		must(t, err)
		if a := accepted.RemoteAddr().(*net.TCPAddr); a.IP.String() != host {
			t.Errorf("%s came as %v", host, a)
		}
		exchange(t, dialed, accepted)
		must(t, dialed.Close())
		must(t, accepted.Close())
	}
	only := mustListen(t, &ListenConfig{IO: io}, "tcp6", ":0")
	if optionOf(t, only, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY) == 0 {
		t.Error("tcp6 takes IPv4")
	}
}

func TestListenersShareAPort(t *testing.T) {
	io := open(t, Config{})
	lc := &ListenConfig{IO: io, ReusePort: true}
	first := mustListen(t, lc, "tcp", "127.0.0.1:0")
	second := mustListen(t, lc, "tcp", first.Addr().String())
	if first.Addr().String() != second.Addr().String() {
		t.Errorf("%v and %v", first.Addr(), second.Addr())
	}
	_, err := io.Listen("tcp", first.Addr().String())
	wantIs(t, err, syscall.EADDRINUSE)
	a, err := lc.ListenPacket(background, "udp", "127.0.0.1:0")
	must(t, err)
	defer a.Close()
	b, err := lc.ListenPacket(background, "udp", a.LocalAddr().String())
	must(t, err)
	must(t, b.Close())
}

func TestListenControlHook(t *testing.T) {
	io := open(t, Config{})
	var calls []string
	lc := &ListenConfig{IO: io, Control: func(network, address string, c syscall.RawConn) error {
		calls = append(calls, network, address)
		wantIs(t, c.Read(nil), syscall.EINVAL)
		return c.Control(func(fd uintptr) {
			sa, err := unix.Getsockname(int(fd))
			if in4, ok := sa.(*unix.SockaddrInet4); err != nil || !ok || in4.Port != 0 {
				t.Errorf("bound already: %v, %v", sa, err)
			}
			reuse, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR)
			if reuse == 0 || err != nil {
				t.Errorf("SO_REUSEADDR is %d, %v", reuse, err)
			}
		})
	}}
	mustListen(t, lc, "tcp", "127.0.0.1:0")
	if want := []string{"tcp4", "127.0.0.1:0"}; !reflect.DeepEqual(calls, want) {
		t.Errorf("the hook was told %q, want %q", calls, want)
	}
	lc.Control = func(string, string, syscall.RawConn) error { return errTold }
	_, got := lc.Listen(background, "tcp", "127.0.0.1:0")
	_, want := (&net.ListenConfig{Control: lc.Control}).Listen(background, "tcp", "127.0.0.1:0")
	wantSame(t, got, want)
	_, got = lc.ListenPacket(background, "udp", "127.0.0.1:0")
	wantIs(t, got, errTold)
}

// keepAlive is what a socket has been told about it.
type keepAlive struct{ on, idle, interval, count int }

func keepAliveOf(t testing.TB, c any) keepAlive {
	t.Helper()
	k := keepAlive{on: optionOf(t, c, unix.SOL_SOCKET, unix.SO_KEEPALIVE)}
	if runtime.GOOS == "linux" {
		k.idle = optionOf(t, c, unix.IPPROTO_TCP, tcpKeepIdle)
		k.interval = optionOf(t, c, unix.IPPROTO_TCP, tcpKeepInterval)
		k.count = optionOf(t, c, unix.IPPROTO_TCP, tcpKeepCount)
	}
	return k
}

// Accepted and dialed connections have the options that those of package net
// have; on Linux the accepted ones inherit them.
func TestConnectionsHaveNetsOptions(t *testing.T) {
	io := open(t, Config{})
	for _, c := range []struct {
		name   string
		idle   time.Duration
		config net.KeepAliveConfig
	}{
		{name: "default"},
		{name: "idle", idle: 40 * time.Second},
		{name: "fraction", idle: 1500 * time.Millisecond},
		{name: "off", idle: -1},
		{name: "config", idle: -1, config: net.KeepAliveConfig{Enable: true, Idle: 7 * time.Second, Interval: 8 * time.Second, Count: 3}},
		{name: "system's", config: net.KeepAliveConfig{Enable: true, Idle: -1, Interval: -1, Count: -1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			theirs, err := (&net.ListenConfig{KeepAlive: c.idle, KeepAliveConfig: c.config}).Listen(background, "tcp4", "127.0.0.1:0")
			must(t, err)
			defer theirs.Close()
			_, want := acceptedPair(t, theirs)
			l := mustListen(t, &ListenConfig{IO: io, KeepAlive: c.idle, KeepAliveConfig: c.config}, "tcp", "127.0.0.1:0")
			_, accepted := acceptedPair(t, l)
			d := Dialer{IO: io, KeepAlive: c.idle, KeepAliveConfig: c.config}
			dialed, err := d.Dial("tcp", l.Addr().String())
			must(t, err)
			defer dialed.Close()
			for _, got := range []net.Conn{accepted, dialed} {
				if optionOf(t, got, unix.IPPROTO_TCP, unix.TCP_NODELAY) == 0 {
					t.Error("TCP_NODELAY is off")
				}
				if g, w := keepAliveOf(t, got), keepAliveOf(t, want); g != w {
					t.Errorf("got %+v, want %+v", g, w)
				}
			}
		})
	}
}

func TestListenerRemovesItsPath(t *testing.T) {
	io := open(t, Config{})
	path := filepath.Join(tempDir(t), "s")
	for _, keep := range []bool{false, true} {
		l := mustListen(t, &ListenConfig{IO: io}, "unix", path)
		if keep {
			l.SetUnlinkOnClose(false)
		}
		must(t, l.Close())
		if _, err := outside.Stat(path); (err == nil) != keep {
			t.Errorf("after Close: %v", err)
		}
	}
}

func TestListenBacklog(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only on Linux does a full backlog stop connects")
	}
	io := open(t, Config{})
	l := mustListen(t, &ListenConfig{IO: io, Backlog: 1}, "unix", filepath.Join(tempDir(t), "s"))
	for range 2 {
		c, err := outside.Dial("unix", l.Addr().String())
		must(t, err)
		defer c.Close()
	}
	if simulated { // outside is an IO of ours, whose calls wait
		ctx, cancel := context.WithTimeout(background, time.Millisecond)
		defer cancel()
		_, err := outside.DialContext(ctx, "unix", l.Addr().String())
		wantIs(t, err, context.DeadlineExceeded)
		return
	}
	_, err := outside.Dial("unix", l.Addr().String())
	wantIs(t, err, syscall.EAGAIN)
}

func TestListenOnTheDefaultIO(t *testing.T) {
	l, err := Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	dialed, accepted := acceptedPair(t, l)
	exchange(t, dialed, accepted)
	c, err := ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	must(t, c.Close())
}
