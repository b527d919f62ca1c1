//go:build unix

package await

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/netname"
)

// twoFacedDialer finds an address of either IP version for every host.
func twoFacedDialer(io *IO) *Dialer {
	dns := fakeDNS{v4: []net.IP{net.IPv4(127, 0, 0, 1)}, v6: []net.IP{net.IPv6loopback}}
	return &Dialer{IO: io, Resolver: dns.resolver()}
}

// hangingV6 is a listener on 127.0.0.1 on whose port connects to ::1 hang.
func hangingV6(t *testing.T) (l net.Listener, port string) {
	t.Helper()
	needV6(t)
	for range 20 {
		full := fullTCP(t, "tcp6", "[::1]:0")
		_, port, err := net.SplitHostPort(full.String())
		must(t, err)
		if l, err = outside.Listen("tcp4", "127.0.0.1:"+port); err == nil {
			t.Cleanup(func() { _ = l.Close() })
			return l, port
		}
	}
	t.Fatal("no port that is free for both versions")
	return nil, ""
}

// The first version to answer wins; the other's socket is closed by then.
func TestDialFallsBackWhenTheFirstVersionHangs(t *testing.T) {
	io := open(t, Config{})
	_, port := hangingV6(t)
	d := twoFacedDialer(io)
	d.FallbackDelay = 10 * time.Millisecond
	d.Timeout = patience
	conn, err := d.Dial("tcp", "host.example.:"+port)
	must(t, err)
	defer conn.Close()
	if ip := conn.RemoteAddr().(*net.TCPAddr).IP; ip.To4() == nil {
		t.Errorf("connected to %v", ip)
	}
	waitUnderWay(t, io, 0)
}

// When the first version fails the other one is tried at once.
func TestDialFallsBackWhenTheFirstVersionFails(t *testing.T) {
	needV6(t)
	io := open(t, Config{})
	l, err := outside.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	for _, delay := range []time.Duration{0, time.Hour, -1} {
		d := twoFacedDialer(io)
		d.FallbackDelay = delay
		d.Timeout = patience
		conn, err := d.Dial("tcp", "host.example.:"+port)
		if err != nil {
			t.Fatalf("delay %v: %v", delay, err)
		}
		must(t, conn.Close())
	}
}

// Without fallback the addresses are tried in turn, each in its share of the time.
func TestDialInTurn(t *testing.T) {
	needV6(t)
	io := open(t, Config{})
	var tried atomic.Int32
	d := twoFacedDialer(io)
	d.FallbackDelay = -1
	d.Control = func(string, string, syscall.RawConn) error {
		tried.Add(1)
		return errTold
	}
	_, err := d.Dial("tcp", "host.example.:1")
	wantIs(t, err, errTold)
	if tried.Load() != 2 {
		t.Errorf("%d addresses were tried, want both", tried.Load())
	}
}

func TestDialWithFallbackFailsWithTheFirstVersionsError(t *testing.T) {
	needV6(t)
	io := open(t, Config{})
	d := twoFacedDialer(io)
	port := listenFD(t, "tcp4", "127.0.0.1:0").addr.(*net.TCPAddr)
	theirs := net.Dialer{Resolver: d.Resolver}
	_, portText, err := net.SplitHostPort(port.String())
	must(t, err)
	_, want := theirs.Dial("tcp", "host.example.:"+portText)
	_, got := d.Dial("tcp", "host.example.:"+portText)
	wantSame(t, got, want)
}

// A dial that is cancelled while both versions wait leaves neither.
func TestDialIsCanceledDuringTheRace(t *testing.T) {
	needV6(t)
	io := open(t, Config{})
	primaries, fallbacks := netname.Partition([]net.Addr{fullTCP(t, "tcp6", "[::1]:0"), fullTCP(t, "tcp4", "127.0.0.1:0")})
	ctx, cancel := context.WithCancel(background)
	a := &attempts{d: &Dialer{FallbackDelay: time.Millisecond}, io: io, network: "tcp"}
	ended := later(func() (int, error) {
		conn, err := a.race(ctx, primaries, fallbacks)
		if conn != nil {
			return 0, errors.New("got a connection")
		}
		return 0, err
	})
	waitUnderWay(t, io, 2)
	cancel()
	wantIs(t, receive(t, ended, "end of the dial").err, context.Canceled)
}

func TestDialSharesItsTime(t *testing.T) {
	a := &attempts{}
	for _, c := range []struct {
		all  time.Duration
		left int
		want time.Duration
	}{
		{time.Minute, 2, 30 * time.Second},
		{3 * time.Second, 3, 2 * time.Second},
		{time.Second, 3, time.Second},
		{time.Minute, 1, time.Minute},
	} {
		ctx, cancel := context.WithTimeout(background, c.all)
		defer cancel()
		shared, stop := a.timeShare(ctx, c.left)
		defer stop()
		end, _ := shared.Deadline()
		if got := time.Until(end); got > c.want || got < c.want-900*time.Millisecond {
			t.Errorf("%v for %d: got %v, want %v", c.all, c.left, got, c.want)
		}
	}
}
