//go:build unix

package await

import (
	"net"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// tcpBoth is a connection of either library with a peer of its own.
func tcpBoth(t testing.TB, io *IO) (ours *Conn, theirs *net.TCPConn) {
	t.Helper()
	l, err := outside.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	dialed, _ := acceptedPair(t, l)
	c, err := io.Dial("tcp", l.Addr().String())
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	accepted, err := l.Accept()
	must(t, err)
	t.Cleanup(func() { _ = accepted.Close() })
	return c.(*Conn), dialed.(*net.TCPConn)
}

// tcpOptions is what both libraries' connections have.
type tcpOptions interface {
	SetNoDelay(bool) error
	SetKeepAlive(bool) error
	SetKeepAlivePeriod(time.Duration) error
	SetKeepAliveConfig(net.KeepAliveConfig) error
	SetLinger(int) error
	SetReadBuffer(int) error
	SetWriteBuffer(int) error
}

var (
	_ tcpOptions = (*Conn)(nil)
	_ tcpOptions = (*net.TCPConn)(nil)
)

func TestOptionsAreNets(t *testing.T) {
	io := open(t, Config{})
	ours, theirs := tcpBoth(t, io)
	for _, c := range []struct {
		name          string
		set           func(c tcpOptions) error
		level, option int
	}{
		{"no delay off", func(c tcpOptions) error { return c.SetNoDelay(false) }, unix.IPPROTO_TCP, unix.TCP_NODELAY},
		{"no delay on", func(c tcpOptions) error { return c.SetNoDelay(true) }, unix.IPPROTO_TCP, unix.TCP_NODELAY},
		{"keep-alive off", func(c tcpOptions) error { return c.SetKeepAlive(false) }, unix.SOL_SOCKET, unix.SO_KEEPALIVE},
		{"keep-alive on", func(c tcpOptions) error { return c.SetKeepAlive(true) }, unix.SOL_SOCKET, unix.SO_KEEPALIVE},
		{"linger", func(c tcpOptions) error { return c.SetLinger(3) }, unix.SOL_SOCKET, unix.SO_LINGER},
		{"no linger", func(c tcpOptions) error { return c.SetLinger(-1) }, unix.SOL_SOCKET, unix.SO_LINGER},
		{"read buffer", func(c tcpOptions) error { return c.SetReadBuffer(12345) }, unix.SOL_SOCKET, unix.SO_RCVBUF},
		{"write buffer", func(c tcpOptions) error { return c.SetWriteBuffer(23456) }, unix.SOL_SOCKET, unix.SO_SNDBUF},
	} {
		must(t, c.set(ours))
		must(t, c.set(theirs))
		if got, want := optionOf(t, ours, c.level, c.option), optionOf(t, theirs, c.level, c.option); got != want {
			t.Errorf("%s: got %d, want %d", c.name, got, want)
		}
	}
}

func TestKeepAliveOptionsAreNets(t *testing.T) {
	if runtime.GOOS == "openbsd" {
		t.Skip("OpenBSD has no such options of a socket")
	}
	io := open(t, Config{})
	ours, theirs := tcpBoth(t, io)
	for _, set := range []func(c tcpOptions) error{
		func(c tcpOptions) error { return c.SetKeepAlivePeriod(20 * time.Second) },
		func(c tcpOptions) error { return c.SetKeepAlivePeriod(1001 * time.Millisecond) },
		func(c tcpOptions) error { return c.SetKeepAlivePeriod(0) },
		func(c tcpOptions) error { return c.SetKeepAlivePeriod(-1) },
		func(c tcpOptions) error {
			return c.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 2 * time.Second, Count: 4})
		},
		func(c tcpOptions) error {
			return c.SetKeepAliveConfig(net.KeepAliveConfig{Idle: -1, Interval: -1, Count: -1})
		},
		func(c tcpOptions) error { return c.SetKeepAliveConfig(net.KeepAliveConfig{}) },
	} {
		must(t, set(ours))
		must(t, set(theirs))
		if got, want := keepAliveOf(t, ours), keepAliveOf(t, theirs); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestOptionsFailAsNets(t *testing.T) {
	io := open(t, Config{})
	ours, theirs := tcpBoth(t, io)
	must(t, ours.Close())
	must(t, theirs.Close())
	for _, set := range []func(c tcpOptions) error{
		func(c tcpOptions) error { return c.SetNoDelay(true) },
		func(c tcpOptions) error { return c.SetKeepAlive(true) },
		func(c tcpOptions) error { return c.SetKeepAlivePeriod(time.Second) },
		func(c tcpOptions) error { return c.SetKeepAliveConfig(net.KeepAliveConfig{}) },
		func(c tcpOptions) error { return c.SetLinger(1) },
		func(c tcpOptions) error { return c.SetReadBuffer(1) },
		func(c tcpOptions) error { return c.SetWriteBuffer(1) },
	} {
		err := set(ours)
		wantIs(t, err, net.ErrClosed)
		if op, ok := err.(*net.OpError); !ok || op.Op != "set" || op.Net != "tcp" {
			t.Errorf("got %v, want a *net.OpError of set and tcp", err)
		}
	}
}

func TestOptionsOfDatagrams(t *testing.T) {
	io := open(t, Config{})
	c, err := io.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	defer c.Close()
	theirs, err := outside.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	defer theirs.Close()
	for _, c := range []interface {
		SetReadBuffer(int) error
		SetWriteBuffer(int) error
	}{c.(*PacketConn), theirs.(*net.UDPConn)} {
		must(t, c.SetReadBuffer(9999))
		must(t, c.SetWriteBuffer(8888))
	}
	for _, option := range []int{unix.SO_RCVBUF, unix.SO_SNDBUF} {
		if got, want := optionOf(t, c, unix.SOL_SOCKET, option), optionOf(t, theirs, unix.SOL_SOCKET, option); got != want {
			t.Errorf("option %d: got %d, want %d", option, got, want)
		}
	}
}

// The peer of a connection that lingers for no time gets a reset.
func TestLingerOfZeroDropsTheConnection(t *testing.T) {
	io := open(t, Config{})
	l, err := outside.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	for _, seconds := range []int{0, 5} {
		c, err := io.Dial("tcp", l.Addr().String())
		must(t, err)
		peer, err := l.Accept()
		must(t, err)
		must(t, c.(*Conn).SetLinger(seconds))
		must(t, c.Close())
		_, err = peer.Read(make([]byte, 1))
		if reset := err.Error() != "EOF"; reset != (seconds == 0) {
			t.Errorf("linger %d: the peer got %v", seconds, err)
		}
		must(t, peer.Close())
	}
}
