//go:build unix

package await

import (
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// loopbackInterface is the loopback interface.
func loopbackInterface(t testing.TB) *net.Interface {
	t.Helper()
	all, err := net.Interfaces()
	must(t, err)
	for _, ifi := range all {
		if ifi.Flags&(net.FlagLoopback|net.FlagUp) == net.FlagLoopback|net.FlagUp {
			return &ifi
		}
	}
	t.Skip("no loopback interface")
	return nil
}

// groupSender is a socket of package net that sends to groups on ifi.
func groupSender(t testing.TB, network, address string, ifi *net.Interface) *net.UDPConn {
	t.Helper()
	c, err := outside.ListenPacket(network, address)
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	raw, err := c.(*net.UDPConn).SyscallConn()
	must(t, err)
	var failed error
	must(t, raw.Control(func(fd uintptr) {
		if network == "udp6" {
			failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_IF, ifi.Index)
		} else {
			failed = unix.SetsockoptInet4Addr(int(fd), unix.IPPROTO_IP, unix.IP_MULTICAST_IF, [4]byte{127, 0, 0, 1})
		}
	}))
	must(t, failed)
	return c.(*net.UDPConn)
}

// What is sent to a group arrives at a socket of ours alone, then at both libraries'
// on one port.
func TestMulticastArrives(t *testing.T) {
	theDefault(t)
	lo := loopbackInterface(t)
	for _, c := range []struct{ network, from, group string }{
		{"udp4", "127.0.0.1:0", "224.0.0.254"}, {"udp6", "[::1]:0", "ff02::114"},
	} {
		t.Run(c.network, func(t *testing.T) {
			if c.network == "udp6" {
				needV6(t)
			}
			group := &net.UDPAddr{IP: net.ParseIP(c.group)}
			ours, err := ListenMulticastUDP(c.network, lo, group)
			must(t, err)
			defer ours.Close()
			group.Port = ours.LocalAddr().(*net.UDPAddr).Port
			same, err := net.ListenMulticastUDP(c.network, lo, group)
			must(t, err)
			defer same.Close()
			sameAddr(t, "local", ours.LocalAddr(), same.LocalAddr())
			for name, option := range map[string][2]int{
				"interface": {unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_IF}, "loop": {unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_LOOP},
				"interface of IPv4": {unix.IPPROTO_IP, unix.IP_MULTICAST_IF}, "loop of IPv4": {unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP},
			} {
				if (option[0] == unix.IPPROTO_IPV6) != (c.network == "udp6") {
					continue
				}
				got, want := optionOf(t, ours, option[0], option[1]), optionOf(t, same, option[0], option[1])
				if got != want {
					t.Errorf("%s is %d, want %d", name, got, want)
				}
			}
			sender := groupSender(t, c.network, c.from, lo)
			needGroups(t, sender, group, same)
			must(t, same.Close())
			wantDatagram(t, ours, "net")
			_, err = sender.WriteTo([]byte("ours"), group)
			must(t, err)
			wantDatagram(t, ours, "ours")

			theirs, err := net.ListenMulticastUDP(c.network, lo, group)
			must(t, err)
			defer theirs.Close()
			_, err = sender.WriteTo([]byte("both"), group)
			must(t, err)
			wantDatagram(t, ours, "both")
			wantDatagram(t, theirs, "both")
		})
	}
}

// needGroups skips t where package net receives nothing of a group: the loopback
// interface has no route for IPv6 groups on many systems.
func needGroups(t testing.TB, sender *net.UDPConn, group *net.UDPAddr, theirs *net.UDPConn) {
	t.Helper()
	_, err := sender.WriteTo([]byte("net"), group)
	if err == nil {
		must(t, theirs.SetReadDeadline(time.Now().Add(time.Second)))
		_, err = theirs.Read(make([]byte, 8))
	}
	if err != nil && group.IP.To4() == nil {
		t.Skipf("no IPv6 groups on the loopback interface: %v", err)
	}
	must(t, err)
}

func wantDatagram(t testing.TB, c net.PacketConn, want string) {
	t.Helper()
	p := make([]byte, 16)
	o := receive(t, later(func() (int, error) { n, _, err := c.ReadFrom(p); return n, err }), "datagram")
	wantCount(t, "read", o.n, o.err, len(want))
	if string(p[:o.n]) != want {
		t.Errorf("got %q, want %q", p[:o.n], want)
	}
}

// An interface that can have no group is an error, as in package net, and leaves no
// descriptor.
func TestMulticastFailsAsNets(t *testing.T) {
	theDefault(t)
	lo := loopbackInterface(t)
	none := &net.Interface{Index: 1 << 20, Name: "nosuch0"}
	for _, c := range []struct {
		network string
		ifi     *net.Interface
		group   *net.UDPAddr
	}{
		{"udp", none, &net.UDPAddr{IP: net.IPv4(224, 0, 0, 254)}}, {"udp6", none, &net.UDPAddr{IP: net.ParseIP("ff02::114")}},
		{"udp", lo, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}}, {"udp", lo, &net.UDPAddr{}}, {"udp4", lo, &net.UDPAddr{IP: net.ParseIP("ff02::114")}},
		{"udp6", lo, &net.UDPAddr{IP: net.IPv4(224, 0, 0, 254)}},
	} {
		want := closing(net.ListenMulticastUDP(c.network, c.ifi, c.group))
		got := closing(ListenMulticastUDP(c.network, c.ifi, c.group))
		wantAlike(t, got, want)
	}
}
