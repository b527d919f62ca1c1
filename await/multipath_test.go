//go:build unix && !openbsd

package await

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// What GODEBUG says of Multipath TCP holds for both libraries.
func TestMultipathDefaultsAreNets(t *testing.T) {
	for _, setting := range []string{"", "multipathtcp=0", "multipathtcp=1", "multipathtcp=2", "multipathtcp=3"} {
		t.Setenv("GODEBUG", setting)
		if got, want := (&Dialer{}).MultipathTCP(), (&net.Dialer{}).MultipathTCP(); got != want {
			t.Errorf("%q: a Dialer has %v, want %v", setting, got, want)
		}
		if got, want := (&ListenConfig{}).MultipathTCP(), (&net.ListenConfig{}).MultipathTCP(); got != want {
			t.Errorf("%q: a ListenConfig has %v, want %v", setting, got, want)
		}
		for _, use := range []bool{true, false} {
			var d Dialer
			var lc ListenConfig
			d.SetMultipathTCP(use)
			lc.SetMultipathTCP(use)
			if d.MultipathTCP() != use || lc.MultipathTCP() != use {
				t.Errorf("%q: set to %v, got %v, %v", setting, use, d.MultipathTCP(), lc.MultipathTCP())
			}
		}
	}
}

// multipathed is what both ends of a connection tell, and the options of the one
// that was accepted.
func multipathed(t testing.TB, l net.Listener, dial func(network, address string) (net.Conn, error)) []int {
	t.Helper()
	c, err := dial("tcp", l.Addr().String())
	must(t, err)
	defer c.Close()
	accepted, err := l.Accept()
	must(t, err)
	defer accepted.Close()
	exchange(t, c, accepted)
	var answers []int
	for _, end := range []net.Conn{c, accepted} {
		used, err := end.(interface{ MultipathTCP() (bool, error) }).MultipathTCP()
		must(t, err)
		answers = append(answers, boolToInt(used))
	}
	return append(answers,
		optionOf(t, accepted, unix.IPPROTO_TCP, unix.TCP_NODELAY),
		boolToInt(optionOf(t, accepted, unix.SOL_SOCKET, unix.SO_KEEPALIVE) != 0),
		optionOf(t, accepted, unix.IPPROTO_TCP, unix.TCP_KEEPINTVL))
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Both ends use Multipath TCP where they do with package net, and have the options
// that theirs have.
func TestMultipathIsUsedAsByNet(t *testing.T) {
	io := open(t, Config{})
	for _, choice := range [][2]multipathChoice{
		{}, {multipathOn, multipathOn}, {multipathOn, multipathOff}, {multipathOff, multipathOn}, {multipathDefault, multipathOn},
	} {
		var theirs net.ListenConfig
		var theirDialer net.Dialer
		ours := ListenConfig{IO: io, multipath: choice[0]}
		ourDialer := Dialer{IO: io, multipath: choice[1]}
		theirs.SetMultipathTCP(ours.MultipathTCP())
		theirDialer.SetMultipathTCP(ourDialer.MultipathTCP())
		for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
			l, err := theirs.Listen(background, "tcp", address)
			if err != nil {
				continue // no IPv6
			}
			want := multipathed(t, l, theirDialer.Dial)
			must(t, l.Close())
			got := multipathed(t, mustListen(t, &ours, "tcp", address), ourDialer.Dial)
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("%v at %s: got %v, want %v", choice, address, got, want)
					break
				}
			}
		}
	}
}

func TestMultipathOfAClosedConnection(t *testing.T) {
	io := open(t, Config{})
	dialed, accepted := acceptedPair(t, mustListen(t, &ListenConfig{IO: io}, "tcp", "127.0.0.1:0"))
	must(t, dialed.Close())
	must(t, accepted.Close())
	used, err := accepted.(*Conn).MultipathTCP()
	wantIs(t, err, net.ErrClosed)
	if used {
		t.Error("a closed connection uses Multipath TCP")
	}
}

// A dial that Multipath TCP is not the reason of fails as one without it.
func TestMultipathDialFailsAsNets(t *testing.T) {
	io := open(t, Config{})
	unused := listenFD(t, "tcp4", "127.0.0.1:0").addr.String()
	var theirs net.Dialer
	ours := &Dialer{IO: io}
	theirs.SetMultipathTCP(true)
	ours.SetMultipathTCP(true)
	_, want := theirs.Dial("tcp", unused)
	_, got := ours.Dial("tcp", unused)
	wantSame(t, got, want)
	lc := &ListenConfig{IO: io}
	lc.SetMultipathTCP(true)
	var theirConfig net.ListenConfig
	theirConfig.SetMultipathTCP(true)
	_, want = theirConfig.Listen(background, "tcp", "192.0.2.1:0")
	_, got = lc.Listen(background, "tcp", "192.0.2.1:0")
	wantSame(t, got, want)
}
