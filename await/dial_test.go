//go:build unix

package await

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"reflect"
	"runtime"
	"syscall"
	"testing"

	"github.com/awaitio/awaitio/internal/netname"
)

// streams are the networks of connections, with a listener of package net.
func streams(t testing.TB) []net.Listener {
	t.Helper()
	dir := tempDir(t)
	var all []net.Listener
	for _, a := range [][2]string{
		{"tcp", "127.0.0.1:0"}, {"tcp4", "127.0.0.1:0"}, {"tcp6", "[::1]:0"},
		{"unix", filepath.Join(dir, "s")}, {"unixpacket", filepath.Join(dir, "p")},
	} {
		l, err := outside.Listen(a[0], a[1])
		if err != nil {
			t.Logf("not tested: %v", err) // no IPv6, no unixpacket
			continue
		}
		t.Cleanup(func() { _ = l.Close() })
		all = append(all, l)
	}
	return all
}

// sameAddr fails t unless a has the type and the words of b; ports aside.
func sameAddr(t testing.TB, what string, a, b net.Addr) {
	t.Helper()
	portless := func(a net.Addr) string {
		ip, _, ok := netname.IPPort(a)
		if !ok {
			return fmt.Sprintf("%T %v %v", a, a, a.Network())
		}
		return fmt.Sprintf("%T %v %d", a, ip, len(ip))
	}
	if got, want := portless(a), portless(b); got != want {
		t.Errorf("%s: got %s, want %s", what, got, want)
	}
}

// exchange sends a few bytes either way.
func exchange(t testing.TB, a, b net.Conn) {
	t.Helper()
	for range 2 {
		if _, err := a.Write([]byte("hello")); err != nil {
			t.Fatalf("write: %v", err)
		}
		p := make([]byte, 16)
		n, err := b.Read(p)
		if err != nil || string(p[:n]) != "hello" {
			t.Fatalf("read: %q, %v", p[:n], err)
		}
		a, b = b, a
	}
}

func TestDialConnectsAsNetDoes(t *testing.T) {
	io := open(t, Config{})
	for _, l := range streams(t) {
		t.Run(l.Addr().Network()+" "+l.Addr().String(), func(t *testing.T) {
			network := l.Addr().Network()
			theirs, err := outside.Dial(network, l.Addr().String())
			must(t, err)
			defer theirs.Close()
			first, err := l.Accept()
			must(t, err)
			defer first.Close()
			ours, err := io.Dial(network, l.Addr().String())
			must(t, err)
			defer ours.Close()
			peer, err := l.Accept()
			must(t, err)
			defer peer.Close()
			sameAddr(t, "local address", ours.LocalAddr(), theirs.LocalAddr())
			if !reflect.DeepEqual(ours.RemoteAddr(), theirs.RemoteAddr()) {
				t.Errorf("remote address: got %#v, want %#v", ours.RemoteAddr(), theirs.RemoteAddr())
			}
			exchange(t, ours, peer)
		})
	}
}

func TestDialOfDatagrams(t *testing.T) {
	io := open(t, Config{})
	dir := tempDir(t)
	for _, c := range []struct{ network, address string }{
		{"udp", "127.0.0.1:0"}, {"udp4", "127.0.0.1:0"}, {"udp6", "[::1]:0"}, {"unixgram", filepath.Join(dir, "d")},
	} {
		t.Run(c.network, func(t *testing.T) {
			if c.network == "udp6" {
				needV6(t)
			}
			peer, err := outside.ListenPacket(c.network, c.address)
			must(t, err)
			defer peer.Close()
			d := Dialer{IO: io}
			if c.network == "unixgram" {
				d.LocalAddr = &net.UnixAddr{Name: filepath.Join(dir, "me"), Net: "unixgram"}
			}
			conn, err := d.Dial(c.network, peer.LocalAddr().String())
			must(t, err)
			defer conn.Close()
			if conn.RemoteAddr().String() != peer.LocalAddr().String() {
				t.Errorf("remote address %v, want %v", conn.RemoteAddr(), peer.LocalAddr())
			}
			_, err = conn.Write([]byte("there"))
			must(t, err)
			p := make([]byte, 16)
			n, from, err := peer.ReadFrom(p)
			must(t, err)
			if from.String() != conn.LocalAddr().String() {
				t.Errorf("came from %v, want %v", from, conn.LocalAddr())
			}
			_, err = peer.WriteTo(p[:n], from)
			must(t, err)
			if n, err = conn.Read(p); err != nil || string(p[:n]) != "there" {
				t.Errorf("got %q, %v", p[:n], err)
			}
		})
	}
}

// The local system is what no host and the wildcards stand for.
func TestDialOfNoHost(t *testing.T) {
	io := open(t, Config{})
	l, err := outside.Listen("tcp", ":0")
	must(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	for _, host := range []string{"", "0.0.0.0", "[::]", "localhost"} {
		want, err := outside.Dial("tcp", host+":"+port)
		must(t, err)
		must(t, want.Close())
		got, err := io.Dial("tcp", host+":"+port)
		if err != nil {
			t.Errorf("%q: %v", host, err)
			continue
		}
		sameAddr(t, "remote address for "+host, got.RemoteAddr(), want.RemoteAddr())
		must(t, got.Close())
	}
}

func TestDialFromALocalAddress(t *testing.T) {
	io := open(t, Config{})
	l, err := outside.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	port := listenFD(t, "tcp4", "127.0.0.1:0").addr.(*net.TCPAddr).Port
	others := [2]net.IP{net.IPv4(127, 0, 0, 5), net.IPv4(127, 0, 0, 2)}
	if runtime.GOOS != "linux" {
		others[0], port = net.IPv4(127, 0, 0, 1), 0 // the only address of the loopback interface
		others[1] = others[0]
	}
	for _, c := range []struct {
		local net.Addr
		want  string
		bytes int // of the address, as in package net: a socket of IPv6 has the long form
	}{
		{&net.TCPAddr{IP: others[0]}, others[0].String(), net.IPv4len},
		{&net.TCPAddr{}, "127.0.0.1", net.IPv4len},
		{&net.TCPAddr{IP: net.IPv6unspecified}, "127.0.0.1", net.IPv6len},
		{(*net.TCPAddr)(nil), "127.0.0.1", net.IPv4len},
		{&net.TCPAddr{IP: others[1], Port: port}, others[1].String(), net.IPv4len},
	} {
		conn, err := (&Dialer{IO: io, LocalAddr: c.local}).Dial("tcp", l.Addr().String())
		if err != nil {
			t.Errorf("from %v: %v", c.local, err)
			continue
		}
		local := conn.LocalAddr().(*net.TCPAddr)
		if local.IP.String() != c.want || len(local.IP) != c.bytes {
			t.Errorf("from %v: got %v", c.local, local)
		}
		must(t, conn.Close())
	}
}

// A connection that came out at itself is noticed, unless the caller wanted it.
func TestDialOfItself(t *testing.T) {
	io := open(t, Config{})
	l, err := outside.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	self := l.Addr().(*net.TCPAddr)
	must(t, l.Close())
	conn, err := (&Dialer{IO: io, LocalAddr: self}).Dial("tcp", self.String())
	if err != nil {
		t.Skipf("the system does not connect a socket with itself: %v", err)
	}
	defer conn.Close()
	if !isSelf(conn) {
		t.Errorf("%v and %v are not told to be one", conn.LocalAddr(), conn.RemoteAddr())
	}
	exchange(t, conn, conn)
}

func TestDialControlHooks(t *testing.T) {
	io := open(t, Config{})
	l, err := outside.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	type key struct{}
	ctx := context.WithValue(background, key{}, "value")
	var calls []string
	var kept syscall.RawConn
	hook := func(name string) func(network, address string, c syscall.RawConn) error {
		return func(network, address string, c syscall.RawConn) error {
			calls = append(calls, name, network, address)
			kept = c
			return c.Control(func(fd uintptr) {
				if sa, err := syscall.Getsockname(int(fd)); err != nil || sa.(*syscall.SockaddrInet4).Port != 0 {
					t.Errorf("bound already: %v, %v", sa, err)
				}
			})
		}
	}
	d := Dialer{IO: io, Control: hook("plain"), LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}}
	conn, err := d.Dial("tcp", l.Addr().String())
	must(t, err)
	must(t, conn.Close())
	wantIs(t, kept.Control(func(uintptr) { t.Error("Control ran when the hook was over") }), net.ErrClosed)
	d.ControlContext = func(ctx context.Context, network, address string, c syscall.RawConn) error {
		return hook(ctx.Value(key{}).(string))(network, address, c)
	}
	conn, err = d.DialContext(ctx, "tcp", l.Addr().String())
	must(t, err)
	must(t, conn.Close())
	want := []string{"plain", "tcp4", l.Addr().String(), "value", "tcp4", l.Addr().String()}
	if !reflect.DeepEqual(calls, want) {
		t.Errorf("hooks were told %q, want %q", calls, want)
	}
	d.ControlContext = func(context.Context, string, string, syscall.RawConn) error { return errTold }
	_, got := d.Dial("tcp", l.Addr().String())
	_, expected := (&net.Dialer{ControlContext: d.ControlContext, LocalAddr: d.LocalAddr}).Dial("tcp", l.Addr().String())
	wantSame(t, got, expected)
	wantIs(t, got, errTold)
}

var errTold = errors.New("the hook does not like it")

func TestDialOnTheDefaultIO(t *testing.T) {
	l, err := outside.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	for _, dial := range []func() (net.Conn, error){
		func() (net.Conn, error) { return Dial("tcp", l.Addr().String()) },
		func() (net.Conn, error) { return DialTimeout("tcp", l.Addr().String(), patience) },
		func() (net.Conn, error) { return DialContext(background, "tcp", l.Addr().String()) },
		func() (net.Conn, error) { return new(Dialer).Dial("tcp", l.Addr().String()) },
	} {
		conn, err := dial()
		must(t, err)
		must(t, conn.Close())
	}
}
