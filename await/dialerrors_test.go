//go:build unix

package await

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/proactor"
)

// A dialCase is a dial of both libraries.
type dialCase struct {
	name, network, address string
	dialer                 net.Dialer
	ctx                    func() (context.Context, context.CancelFunc)
}

func (c dialCase) context() (context.Context, context.CancelFunc) {
	if c.ctx != nil {
		return c.ctx()
	}
	return context.WithCancel(background)
}

// dialerLike is a Dialer as d is.
func dialerLike(io *IO, d *net.Dialer) *Dialer {
	return &Dialer{
		IO: io, Timeout: d.Timeout, Deadline: d.Deadline, LocalAddr: d.LocalAddr,
		FallbackDelay: d.FallbackDelay, KeepAlive: d.KeepAlive, KeepAliveConfig: d.KeepAliveConfig,
		Resolver: d.Resolver, Control: d.Control, ControlContext: d.ControlContext,
	}
}

func dialFailures(t testing.TB) []dialCase {
	dir := tempDir(t)
	stream, err := outside.Listen("unix", filepath.Join(dir, "stream"))
	must(t, err)
	t.Cleanup(func() { _ = stream.Close() })
	closing := filepath.Join(dir, "gone")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: closing, Net: "unix"})
	must(t, err)
	left.SetUnlinkOnClose(false)
	must(t, left.Close())
	busy, err := outside.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = busy.Close() })
	unused := listenFD(t, "tcp4", "127.0.0.1:0").addr.String()
	return append([]dialCase{
		{name: "refused", network: "tcp", address: unused},
		{name: "refused tcp4", network: "tcp4", address: unused},
		{name: "unreachable", network: "tcp", address: "192.0.2.1:1", dialer: net.Dialer{Timeout: 50 * time.Millisecond}},
		{name: "broadcast", network: "tcp", address: "255.255.255.255:1"},
		{name: "link-local without zone", network: "tcp", address: "[fe80::1]:1"},
		{name: "no such zone", network: "tcp", address: "[fe80::1%nosuch0]:1"},
		{name: "zone of a URL", network: "tcp", address: "[fe80::1%25lo]:1"},
		{name: "zone too large", network: "tcp", address: "[fe80::1%4294967296]:1"},
		{name: "wildcard with a zone", network: "tcp4", address: "[::%lo]:1"},
		{name: "no such path", network: "unix", address: filepath.Join(dir, "none")},
		{name: "no such path for datagrams", network: "unixgram", address: filepath.Join(dir, "none")},
		{name: "long path", network: "unix", address: strings.Repeat("x", 200)},
		{name: "nobody at the path", network: "unix", address: closing},
		{name: "another kind at the path", network: "unixgram", address: stream.Addr().String()},
		{name: "local address in use", network: "tcp", address: busy.Addr().String(), dialer: net.Dialer{LocalAddr: busy.Addr()}},
		{name: "local address not here", network: "tcp", address: unused, dialer: net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}}},
		{name: "deadline passed", network: "tcp", address: busy.Addr().String(), dialer: net.Dialer{Deadline: time.Unix(1, 0)}},
		{name: "negative timeout", network: "tcp", address: busy.Addr().String(), dialer: net.Dialer{Timeout: -1}},
		{name: "context over", network: "tcp", address: busy.Addr().String(), ctx: func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(background)
			cancel()
			return ctx, cancel
		}},
		{name: "context's deadline passed", network: "unix", address: stream.Addr().String(), ctx: func() (context.Context, context.CancelFunc) {
			return context.WithDeadline(background, time.Unix(1, 0))
		}},
	}, addressFailures(unused)...)
}

// addressFailures are dials that fail before a connect.
func addressFailures(unused string) []dialCase {
	none := net.Dialer{Resolver: fakeDNS{}.resolver()}
	mute := net.Dialer{Resolver: failingResolver()}
	both := net.Dialer{Resolver: fakeDNS{v4: []net.IP{net.IPv4(127, 0, 0, 1)}}.resolver()}
	return []dialCase{
		{name: "unknown network", network: "bogus", address: "x"},
		{name: "unknown empty network", network: "", address: "x"},
		{name: "unknown network and no address", network: "tcp5", address: ""},
		{name: "no address", network: "tcp", address: ""},
		{name: "no path", network: "unix", address: ""},
		{name: "no port", network: "tcp", address: "127.0.0.1"},
		{name: "too many colons", network: "tcp", address: "1:2:3"},
		{name: "bracket", network: "udp", address: "[::1"},
		{name: "unknown service", network: "tcp", address: "127.0.0.1:no-such-service"},
		{name: "port too large", network: "tcp", address: "127.0.0.1:65536"},
		{name: "port below zero", network: "udp", address: "127.0.0.1:-1"},
		{name: "not of the version", network: "tcp4", address: "[::1]:80"},
		{name: "not of the version 6", network: "udp6", address: "127.0.0.1:80"},
		{name: "unknown host", network: "tcp", address: "nobody.example.:80", dialer: none},
		{name: "unknown host 4", network: "tcp4", address: "nobody.example.:80", dialer: none},
		{name: "name server out of reach", network: "tcp", address: "nobody.example.:80", dialer: mute},
		{name: "host of the other version", network: "tcp6", address: "somebody.example.:80", dialer: both},
		{name: "local address of another kind", network: "tcp", address: unused, dialer: net.Dialer{LocalAddr: &net.UDPAddr{}}},
		{name: "local path", network: "tcp", address: unused, dialer: net.Dialer{LocalAddr: &net.UnixAddr{Name: "x", Net: "unix"}}},
		{name: "local address for a path", network: "unix", address: "x", dialer: net.Dialer{LocalAddr: &net.TCPAddr{}}},
		{name: "wildcard of the other version", network: "tcp4", address: unused, dialer: net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv6unspecified}}},
		{name: "wildcard of the other version 6", network: "tcp6", address: "[::1]:1", dialer: net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4zero}}},
		{name: "wildcard of IPv6", network: "tcp", address: unused, dialer: net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv6unspecified}}},
		{name: "IP of three bytes", network: "tcp", address: unused, dialer: net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IP{1, 2, 3}}}},
		{name: "local address of the other version", network: "tcp", address: unused, dialer: net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv6loopback}}},
		{name: "lookup after the end", network: "tcp", address: "somebody.example.:80", dialer: net.Dialer{Resolver: silentResolver(), Timeout: -1}},
	}
}

// Whatever fails fails as in package net.
func TestDialFailsAsNetDoes(t *testing.T) {
	io := open(t, Config{})
	for _, c := range dialFailures(t) {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := c.context()
			defer cancel()
			conn, want := c.dialer.DialContext(ctx, c.network, c.address)
			if want == nil {
				_ = conn.Close()
				t.Fatal("package net has no error")
			}
			conn, got := dialerLike(io, &c.dialer).DialContext(ctx, c.network, c.address)
			if conn != nil {
				t.Errorf("got a connection: %v", conn)
			}
			wantSame(t, got, want)
			var lookup *net.DNSError
			if e := want.(net.Error); e.Timeout() && !errors.As(want, &lookup) {
				wantIs(t, got, os.ErrDeadlineExceeded, context.DeadlineExceeded)
			}
		})
	}
}

func TestDialOnAClosedIO(t *testing.T) {
	io := open(t, Config{})
	must(t, io.Close())
	for _, address := range [][2]string{{"tcp", "127.0.0.1:1"}, {"udp", "127.0.0.1:1"}, {"unix", "/x"}} {
		_, err := io.Dial(address[0], address[1])
		wantIs(t, err, net.ErrClosed)
		if _, ok := err.(*net.OpError); !ok {
			t.Errorf("got a %T, want a *net.OpError", err)
		}
	}
}

func TestDialRefusesANilContext(t *testing.T) {
	io := open(t, Config{})
	_, err := io.DialContext(noContext, "tcp", "127.0.0.1:1")
	wantIs(t, err, fdcall.ErrNilContext)
}

// A connect that waits ends with its context or its time, and nothing stays.
func TestDialIsStopped(t *testing.T) {
	for _, full := range []struct {
		network string
		address func(t testing.TB) string
	}{
		{"tcp", func(t testing.TB) string { return fullTCP(t, "tcp4", "127.0.0.1:0").String() }},
		{"unix", fullUnix},
	} {
		t.Run(full.network, func(t *testing.T) {
			io := open(t, Config{})
			address := full.address(t)
			dial := func(ctx context.Context, d Dialer) error {
				d.IO = io
				conn, err := d.DialContext(ctx, full.network, address)
				if conn != nil {
					t.Errorf("got a connection: %v", conn)
				}
				return err
			}
			t.Run("canceled", func(t *testing.T) {
				ctx, cancel := context.WithCancel(background)
				ended := later(func() (int, error) { return 0, dial(ctx, Dialer{}) })
				waitUnderWay(t, io, 1)
				cancel()
				err := receive(t, ended, "end of the dial").err
				wantIs(t, err, context.Canceled, proactor.ErrCanceled)
				if !strings.HasSuffix(err.Error(), ": operation was canceled") {
					t.Errorf("got %v", err)
				}
			})
			t.Run("with a cause", func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(background)
				cause := errors.New("something else to do")
				ended := later(func() (int, error) { return 0, dial(ctx, Dialer{}) })
				waitUnderWay(t, io, 1)
				cancel(cause)
				wantIs(t, receive(t, ended, "end of the dial").err, context.Canceled, cause)
			})
			t.Run("timeout", func(t *testing.T) {
				wantTimeout(t, dial(background, Dialer{Timeout: 20 * time.Millisecond}))
				wantTimeout(t, dial(background, Dialer{Deadline: time.Now().Add(20 * time.Millisecond)}))
			})
			t.Run("closed", func(t *testing.T) {
				ended := later(func() (int, error) { return 0, dial(background, Dialer{}) })
				waitUnderWay(t, io, 1)
				must(t, io.Close())
				wantIs(t, receive(t, ended, "end of the dial").err, net.ErrClosed)
			})
		})
	}
}

func wantTimeout(t testing.TB, err error) {
	t.Helper()
	wantIs(t, err, os.ErrDeadlineExceeded, context.DeadlineExceeded)
	var e net.Error
	if !errors.As(err, &e) || !e.Timeout() {
		t.Errorf("got %v, which is no timeout", err)
	}
}
