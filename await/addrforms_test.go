//go:build unix

package await

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	noPort   netip.AddrPort
	somePort = netip.MustParseAddrPort("127.0.0.1:1")
)

// closing is the error of a call, whose result is closed if there is one.
func closing[C interface{ Close() error }](c C, err error) error {
	if err == nil {
		_ = c.Close()
	}
	return err
}

// Each form by address fails as package net's of the same name.
func TestAddressFormsFailAsNets(t *testing.T) {
	theDefault(t)
	dir := tempDir(t)
	unix := func(name string) *net.UnixAddr { return &net.UnixAddr{Name: name, Net: "unix"} }
	stream, err := net.ListenUnix("unix", unix(filepath.Join(dir, "stream")))
	must(t, err)
	defer stream.Close()
	busy, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	defer busy.Close()
	busyUDP, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	defer busyUDP.Close()
	tcp := func(ip string, port int) *net.TCPAddr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: port} }
	udp := func(ip string, port int) *net.UDPAddr { return &net.UDPAddr{IP: net.ParseIP(ip), Port: port} }

	for _, c := range []struct {
		network       string
		local, remote *net.TCPAddr
	}{
		{"tcp", nil, nil}, {"udp", nil, nil}, {"", nil, tcp("127.0.0.1", 1)}, {"bogus", tcp("127.0.0.1", 0), tcp("127.0.0.1", 1)},
		{"tcp", nil, tcp("127.0.0.1", 1)}, {"tcp4", nil, tcp("::1", 1)}, {"tcp6", nil, tcp("127.0.0.1", 1)},
		{"tcp", nil, tcp("127.0.0.1", -1)}, {"tcp", nil, tcp("127.0.0.1", 65536)}, {"tcp", tcp("127.0.0.1", 65536), tcp("127.0.0.1", 1)},
		{"tcp", tcp("::1", 0), tcp("127.0.0.1", 1)}, {"tcp", tcp("192.0.2.1", 0), tcp("127.0.0.1", 1)},
		{"tcp", nil, &net.TCPAddr{IP: net.IP{1, 2, 3}, Port: 1}}, {"tcp", nil, &net.TCPAddr{IP: net.ParseIP("fe80::1"), Port: 1, Zone: "nosuch0"}},
		{"tcp", busy.Addr().(*net.TCPAddr), tcp("127.0.0.1", 1)}, {"tcp", nil, &net.TCPAddr{}},
		{"tcp", tcp("::", 0), tcp("127.0.0.1", 65536+busy.Addr().(*net.TCPAddr).Port)}, {"tcp", tcp("::1", 0), tcp("0.0.0.0", 1)},
	} {
		_, want := net.DialTCP(c.network, c.local, c.remote)
		_, got := DialTCP(c.network, c.local, c.remote)
		wantAlike(t, got, want)
	}
	for _, c := range []struct {
		network       string
		local, remote *net.UDPAddr
	}{
		{"udp", nil, nil}, {"tcp", nil, nil}, {"", nil, udp("127.0.0.1", 1)}, {"unixgram", udp("127.0.0.1", 0), udp("127.0.0.1", 1)},
		{"udp4", nil, udp("::1", 1)}, {"udp6", nil, udp("127.0.0.1", 1)}, {"udp", nil, udp("127.0.0.1", 65536)},
		{"udp", busyUDP.LocalAddr().(*net.UDPAddr), udp("127.0.0.1", 1)}, {"udp", udp("192.0.2.1", 0), udp("127.0.0.1", 1)},
		{"udp", udp("::", 0), udp("127.0.0.1", 65536+9)}, {"udp", udp("127.0.0.1", -1), udp("127.0.0.1", 1)}, {"udp", nil, &net.UDPAddr{IP: net.IP{1, 2, 3}, Port: 1}},
	} {
		want := closing(net.DialUDP(c.network, c.local, c.remote))
		got := closing(DialUDP(c.network, c.local, c.remote))
		wantAlike(t, got, want)
	}
	for _, c := range []struct {
		network       string
		local, remote *net.UnixAddr
	}{
		{"unix", nil, nil}, {"tcp", nil, nil}, {"", nil, unix("x")}, {"unix", nil, unix("")}, {"unixpacket", unix(filepath.Join(dir, "x")), nil},
		{"unix", nil, unix(filepath.Join(dir, "none"))}, {"unixpacket", nil, unix(stream.Addr().String())},
		{"unix", nil, unix("/tmp/" + strings.Repeat("x", 200))}, {"unix", unix("/nonexistent/dir/sock"), unix(stream.Addr().String())},
		{"unix", stream.Addr().(*net.UnixAddr), unix(stream.Addr().String())},
	} {
		want := closing(net.DialUnix(c.network, c.local, c.remote))
		got := closing(DialUnix(c.network, c.local, c.remote))
		wantAlike(t, got, want)
	}
	for _, c := range []struct {
		network       string
		local, remote *net.UnixAddr
	}{
		{"unixgram", nil, nil}, {"unixgram", unix(""), unix("")}, {"tcp", nil, nil}, {"unixgram", nil, unix("")},
		{"unixgram", nil, unix(filepath.Join(dir, "none"))}, {"unixgram", nil, unix(stream.Addr().String())},
		{"unixgram", unix("/nonexistent/dir/sock"), nil}, {"unixgram", stream.Addr().(*net.UnixAddr), nil},
	} {
		want := closing(net.DialUnix(c.network, c.local, c.remote))
		got := closing(DialUnixgram(c.network, c.local, c.remote))
		wantAlike(t, got, want)
	}
	for _, c := range []struct {
		network string
		local   *net.TCPAddr
	}{
		{"udp", nil}, {"", nil}, {"unix", tcp("127.0.0.1", 0)}, {"tcp", busy.Addr().(*net.TCPAddr)}, {"tcp4", tcp("::1", 0)},
		{"tcp6", tcp("127.0.0.1", 0)}, {"tcp", tcp("192.0.2.1", 0)}, {"tcp", tcp("127.0.0.1", 65536)}, {"tcp", tcp("127.0.0.1", -1)},
		{"tcp", &net.TCPAddr{IP: net.IP{1, 2, 3}}}, {"tcp", &net.TCPAddr{IP: net.ParseIP("fe80::1"), Zone: "nosuch0"}},
	} {
		want := closing(net.ListenTCP(c.network, c.local))
		got := closing(ListenTCP(c.network, c.local))
		wantAlike(t, got, want)
	}
	for _, c := range []struct {
		network string
		local   *net.UDPAddr
	}{
		{"tcp", nil}, {"", nil}, {"udp", busyUDP.LocalAddr().(*net.UDPAddr)}, {"udp4", udp("::1", 0)}, {"udp6", udp("127.0.0.1", 0)},
		{"udp", udp("192.0.2.1", 0)}, {"udp", udp("127.0.0.1", 65536)},
	} {
		want := closing(net.ListenUDP(c.network, c.local))
		got := closing(ListenUDP(c.network, c.local))
		wantAlike(t, got, want)
		want = closing(net.ListenMulticastUDP(c.network, nil, c.local))
		got = closing(ListenMulticastUDP(c.network, nil, c.local))
		wantAlike(t, got, want)
	}
	for _, c := range []struct {
		network string
		local   *net.UnixAddr
	}{
		{"unix", nil}, {"unixgram", nil}, {"unixpacket", nil}, {"tcp", nil}, {"", unix("x")},
		{"unix", stream.Addr().(*net.UnixAddr)}, {"unixgram", stream.Addr().(*net.UnixAddr)}, {"unixpacket", unix("/nonexistent/dir/sock")},
		{"unixgram", unix("/tmp/" + strings.Repeat("x", 200))},
	} {
		want := closing(net.ListenUnix(c.network, c.local))
		got := closing(ListenUnix(c.network, c.local))
		wantAlike(t, got, want)
		want = closing(net.ListenUnixgram(c.network, c.local))
		got = closing(ListenUnixgram(c.network, c.local))
		wantAlike(t, got, want)
	}
}

// A dial by address has the addresses that package net's has.
func TestDialByAddressIsWhereNetIs(t *testing.T) {
	theDefault(t)
	for _, network := range []string{"tcp", "tcp4"} {
		l, err := ListenTCP(network, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		must(t, err)
		at := l.Addr().(*net.TCPAddr)
		for _, local := range []*net.TCPAddr{nil, {IP: net.IPv4(127, 0, 0, 1)}, {}} {
			theirs, err := net.DialTCP(network, local, at)
			must(t, err)
			other, err := l.AcceptTCP()
			must(t, err)
			ours, err := DialTCP(network, local, at)
			must(t, err)
			accepted, err := l.AcceptTCP()
			must(t, err)
			sameAddr(t, "local", ours.LocalAddr(), theirs.LocalAddr())
			sameAddr(t, "remote", ours.RemoteAddr(), theirs.RemoteAddr())
			exchange(t, ours, accepted)
			for _, c := range []net.Conn{theirs, other, ours, accepted} {
				must(t, c.Close())
			}
		}
		must(t, l.Close())
	}
	for _, local := range []*net.UDPAddr{nil, {IP: net.IPv4(127, 0, 0, 1)}} {
		l, err := ListenUDP("udp", local)
		must(t, err)
		at := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: l.LocalAddr().(*net.UDPAddr).Port}
		theirs, err := net.DialUDP("udp", local, at)
		must(t, err)
		ours, err := DialUDP("udp", local, at)
		must(t, err)
		sameAddr(t, "local", ours.LocalAddr(), theirs.LocalAddr())
		sameAddr(t, "remote", ours.RemoteAddr(), theirs.RemoteAddr())
		_, err = ours.Write([]byte("hello"))
		must(t, err)
		n, from, err := l.ReadFromUDP(make([]byte, 8))
		wantCount(t, "read", n, err, 5)
		if from.Port != ours.LocalAddr().(*net.UDPAddr).Port {
			t.Errorf("from %v, want %v", from, ours.LocalAddr())
		}
		for _, c := range []net.Conn{theirs, ours, l} {
			must(t, c.Close())
		}
	}
}

// Unix sockets have names on both ends.
func TestDialUnixByAddress(t *testing.T) {
	theDefault(t)
	for _, network := range []string{"unix", "unixpacket"} {
		dir := tempDir(t)
		l, err := ListenUnix(network, &net.UnixAddr{Name: filepath.Join(dir, "l"), Net: network})
		must(t, err)
		local := &net.UnixAddr{Name: filepath.Join(dir, "c"), Net: network}
		c, err := DialUnix(network, local, l.Addr().(*net.UnixAddr))
		must(t, err)
		accepted, err := l.AcceptUnix()
		must(t, err)
		exchange(t, c, accepted)
		if got := accepted.RemoteAddr().String(); got != local.Name || c.LocalAddr().String() != local.Name {
			t.Errorf("peer %s, local %v, want %s", got, c.LocalAddr(), local.Name)
		}
		must(t, c.Close())
		must(t, accepted.Close())
		must(t, l.Close())
		if _, err := outside.Lstat(l.Addr().String()); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the listener's path after Close: %v", err)
		}
	}
}

// A unixgram socket of net's and one of ours do the same side by side.
func TestUnixgramByAddress(t *testing.T) {
	theDefault(t)
	dir := tempDir(t)
	name := func(s string) *net.UnixAddr { return &net.UnixAddr{Name: filepath.Join(dir, s), Net: "unixgram"} }
	l, err := ListenUnixgram("unixgram", name("l"))
	must(t, err)
	defer l.Close()
	ours, err := DialUnixgram("unixgram", name("c"), l.LocalAddr().(*net.UnixAddr))
	must(t, err)
	defer ours.Close()
	unnamed, err := DialUnixgram("unixgram", nil, name("l"))
	must(t, err)
	defer unnamed.Close()
	bound, err := DialUnixgram("unixgram", name("b"), nil)
	must(t, err)
	defer bound.Close()
	theirs, err := net.DialUnix("unixgram", name("net"), nil)
	must(t, err)
	defer theirs.Close()
	if bound.RemoteAddr() != nil {
		t.Errorf("peer of a socket without one: %v", bound.RemoteAddr())
	}
	p := make([]byte, 8)
	for _, send := range []struct {
		call func() (int, error)
		from *net.UnixAddr
	}{
		{func() (int, error) { return ours.Write([]byte("hello")) }, name("c")},
		{func() (int, error) { return unnamed.Write([]byte("hello")) }, nil},
		{func() (int, error) { return bound.WriteToUnix([]byte("hello"), name("l")) }, name("b")},
		{func() (int, error) { return theirs.WriteToUnix([]byte("hello"), name("l")) }, name("net")},
	} {
		n, err := send.call()
		wantCount(t, "send", n, err, 5)
		n, from, err := l.ReadFromUnix(p)
		wantCount(t, "ReadFromUnix", n, err, 5)
		if (from == nil) != (send.from == nil) || from != nil && *from != *send.from {
			t.Errorf("from %v, want %v", from, send.from)
		}
	}
	for _, to := range []*net.UnixAddr{nil, {Name: "x", Net: "unix"}, {Name: "x"}, name("none")} {
		_, want := theirs.WriteToUnix(p, to)
		_, got := bound.WriteToUnix(p, to)
		wantSameWithout(t, got, want, bound.LocalAddr().String(), theirs.LocalAddr().String())
		var addr net.Addr = &net.UDPAddr{}
		if to != nil {
			addr = to
		}
		_, want = theirs.WriteTo(p, addr)
		_, got = bound.WriteTo(p, addr)
		wantSameWithout(t, got, want, bound.LocalAddr().String(), theirs.LocalAddr().String())
	}
	_, err = ours.WriteToUnix(p, name("l"))
	wantIs(t, err, net.ErrWriteToConnected)
}

// wantSameWithout is wantSame for errors that each have an address of their own.
func wantSameWithout(t testing.TB, got, want error, ours, theirs string) {
	t.Helper()
	g, w := strings.ReplaceAll(describe(got), ours, "ADDR"), strings.ReplaceAll(describe(want), theirs, "ADDR")
	if g != w || got == nil {
		t.Errorf("got  %s\nwant %s", g, w)
	}
}

// CloseRead and CloseWrite of a unixgram socket do what package net's do.
func TestUnixgramHalfClose(t *testing.T) {
	io := open(t, Config{})
	dir := tempDir(t)
	name := func(s string) *net.UnixAddr { return &net.UnixAddr{Name: filepath.Join(dir, s), Net: "unixgram"} }
	theirs, err := net.ListenUnixgram("unixgram", name("net"))
	must(t, err)
	defer theirs.Close()
	ours, err := io.ListenDatagram("unixgram", name("ours").Name)
	must(t, err)
	defer ours.Close()
	to, err := io.ListenDatagram("unixgram", name("to").Name)
	must(t, err)
	defer to.Close()

	must(t, theirs.CloseRead())
	must(t, ours.CloseRead())
	_, want := to.WriteToUnix([]byte("x"), name("net"))
	_, got := to.WriteToUnix([]byte("x"), name("ours"))
	wantSameWithout(t, got, want, name("ours").Name, name("net").Name)
	wantIs(t, got, syscall.EPIPE)

	must(t, theirs.CloseWrite())
	must(t, ours.CloseWrite())
	_, want = theirs.WriteToUnix([]byte("x"), name("to"))
	_, got = ours.WriteToUnix([]byte("x"), name("to"))
	wantSameWithout(t, got, want, name("ours").Name, name("net").Name)
	wantIs(t, got, syscall.EPIPE)
}

// A Dialer's limits and options hold for the forms by address, and a context ends
// them.
func TestDialerByAddress(t *testing.T) {
	io := open(t, Config{})
	full := netip.MustParseAddrPort(fullTCP(t, "tcp4", "127.0.0.1:0").String())
	_, err := (&Dialer{IO: io, Timeout: 20 * time.Millisecond}).DialTCP(background, "tcp", noPort, full)
	wantTimeout(t, err)
	path := &net.UnixAddr{Name: fullUnix(t), Net: "unix"}
	_, err = (&Dialer{IO: io, Deadline: time.Now().Add(20 * time.Millisecond)}).DialUnix(background, "unix", nil, path)
	wantTimeout(t, err)
	ctx, cancel := context.WithCancel(background)
	ended := later(func() (int, error) { _, err := (&Dialer{IO: io}).DialTCP(ctx, "tcp", noPort, full); return 0, err })
	waitUnderWay(t, io, 1)
	cancel()
	wantIs(t, receive(t, ended, "end of the dial").err, context.Canceled)

	expired, cancel := context.WithCancel(background)
	cancel()
	theirs := &net.Dialer{}
	ours := &Dialer{IO: io}
	_, want := theirs.DialContext(expired, "udp", "127.0.0.1:1")
	_, got := ours.DialUDP(expired, "udp", noPort, somePort)
	if describeCauseOf(got) != describeCauseOf(want) {
		t.Errorf("got %v, want %v", got, want)
	}

	refused := errors.New("refused by the hook")
	var calls []string
	ours.Control = func(network, address string, _ syscall.RawConn) error {
		calls = append(calls, network+" "+address)
		return refused
	}
	for _, call := range []func() error{
		func() error { return closing(ours.DialTCP(background, "tcp", noPort, somePort)) },
		func() error { return closing(ours.DialUDP(background, "udp", noPort, somePort)) },
		func() error { return closing(ours.DialUnix(background, "unix", nil, path)) },
		func() error { return closing(ours.DialUnixgram(background, "unixgram", nil, path)) },
		func() error {
			return closing(ours.DialUnixgram(background, "unixgram", &net.UnixAddr{Name: path.Name + "2"}, nil))
		},
	} {
		wantIs(t, call(), refused)
	}
	if len(calls) != 5 || calls[0] != "tcp4 127.0.0.1:1" || calls[1] != "udp4 127.0.0.1:1" || calls[2] != "unix "+path.Name {
		t.Errorf("the hook was told %q", calls)
	}
}

// describeCauseOf is the text of the cause of an error of a dial.
func describeCauseOf(err error) string {
	var op *net.OpError
	if !errors.As(err, &op) {
		return describe(err)
	}
	return op.Err.Error()
}
