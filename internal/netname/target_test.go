package netname

import (
	"errors"
	"net"
	"net/netip"
	"runtime"
	"syscall"
	"testing"
)

func TestConnectTo(t *testing.T) {
	v4, v6 := Kind{Family: syscall.AF_INET}, Kind{Family: syscall.AF_INET6}
	for _, c := range []struct {
		kind   Kind
		remote net.Addr
		want   string
		errno  error
	}{
		{v4, &net.TCPAddr{IP: net.IPv4(1, 2, 3, 4), Port: 5}, "1.2.3.4:5", nil},
		{v6, &net.TCPAddr{IP: net.IPv4(1, 2, 3, 4), Port: 5}, "1.2.3.4:5", nil},
		{v6, &net.UDPAddr{IP: net.ParseIP("2001:db8::1"), Port: 5}, "[2001:db8::1]:5", nil},
		{v6, &net.TCPAddr{IP: net.ParseIP("fe80::1"), Port: 5, Zone: "7"}, "[fe80::1%7]:5", nil},
		{v6, &net.TCPAddr{IP: net.ParseIP("fe80::1"), Port: 5, Zone: "no-such-interface"}, "[fe80::1]:5", nil},
		{v4, &net.TCPAddr{IP: net.IPv4(1, 2, 3, 4), Port: -1}, "", syscall.EINVAL},
		{v4, &net.TCPAddr{IP: net.IPv4(1, 2, 3, 4), Port: 65536}, "", syscall.EINVAL},
		{v6, &net.TCPAddr{IP: net.IPv4(1, 2, 3, 4), Port: 65536 + 5}, "", syscall.EINVAL},
		{v6, &net.UDPAddr{IP: net.IPv4(1, 2, 3, 4), Port: 5 - 65536}, "", syscall.EINVAL},
	} {
		got, ok, err := c.kind.ConnectTo(c.remote)
		switch {
		case c.errno != nil && !errors.Is(err, c.errno):
			t.Errorf("%v: %v, want %v", c.remote, err, c.errno)
		case c.errno == nil && (!ok || err != nil || got.String() != c.want):
			t.Errorf("%v: %v, %t, %v, want %v", c.remote, got, ok, err, c.want)
		}
	}
	var refused *net.AddrError
	for _, c := range []struct {
		kind   Kind
		remote net.Addr
	}{{v4, &net.TCPAddr{IP: net.IPv6loopback}}, {v6, &net.TCPAddr{IP: net.IP{1, 2, 3}}}} {
		if _, _, err := c.kind.ConnectTo(c.remote); !errors.As(err, &refused) {
			t.Errorf("%v: %v, want a *net.AddrError", c.remote, err)
		}
	}
	if _, ok, err := v4.ConnectTo(&net.UnixAddr{Name: "x"}); ok || err != nil {
		t.Errorf("a path has an IP address: %t, %v", ok, err)
	}
}

func TestConnectToTheWildcard(t *testing.T) {
	want4, want6 := "0.0.0.0:5", "[::]:5"
	if runtime.GOOS == "openbsd" {
		want4, want6 = "127.0.0.1:5", "[::1]:5"
	}
	for family, want := range map[int]string{syscall.AF_INET: want4, syscall.AF_INET6: want6} {
		for _, ip := range []net.IP{nil, net.IPv4zero} {
			got, _, err := Kind{Family: family}.ConnectTo(&net.TCPAddr{IP: ip, Port: 5})
			if err != nil || got.String() != want {
				t.Errorf("%v, family %d: %v, %v, want %v", ip, family, got, err, want)
			}
		}
	}
}

func TestInFamily(t *testing.T) {
	for _, c := range []struct {
		family int
		ip     net.IP
		want   net.IP
	}{
		{syscall.AF_INET, nil, net.IPv4zero.To4()},
		{syscall.AF_INET6, nil, net.IPv6zero},
		{syscall.AF_INET6, net.IPv4zero, net.IPv6zero},
		{syscall.AF_INET, net.IPv4(1, 2, 3, 4), net.IP{1, 2, 3, 4}},
		{syscall.AF_INET6, net.IP{1, 2, 3, 4}, net.IPv4(1, 2, 3, 4)},
		{syscall.AF_INET, net.IPv6loopback, nil},
		{syscall.AF_INET6, net.IP{1, 2, 3}, nil},
	} {
		got, err := InFamily(c.family, c.ip)
		var refused *net.AddrError
		if string(got) != string(c.want) || (err != nil) != (c.want == nil) || err != nil && !errors.As(err, &refused) {
			t.Errorf("%v in family %d: %v, %v, want %v", c.ip, c.family, got, err, c.want)
		}
	}
}

func TestUDPTarget(t *testing.T) {
	for _, c := range []struct {
		addr   *net.UDPAddr
		v6     bool
		want   string
		portOK bool
		reason string
	}{
		{&net.UDPAddr{IP: net.IPv4(1, 2, 3, 4), Port: 5}, false, "[::ffff:1.2.3.4]:5", true, ""},
		{&net.UDPAddr{Port: 5}, true, "[::]:5", true, ""},
		{&net.UDPAddr{Port: 5}, false, "0.0.0.0:5", true, ""},
		{&net.UDPAddr{IP: net.IPv4zero, Port: 5}, true, "[::]:5", true, ""},
		{&net.UDPAddr{IP: net.IPv6loopback, Port: 65536}, false, "", false, "non-IPv4 address"},
		{&net.UDPAddr{IP: net.IPv6loopback, Port: 65536}, true, "[::1]:0", false, ""},
		{&net.UDPAddr{IP: net.IPv6loopback, Port: -1}, true, "[::1]:65535", false, ""},
		{&net.UDPAddr{IP: net.IP{1, 2, 3}}, true, "", false, "non-IPv6 address"},
		{&net.UDPAddr{IP: net.IP{1, 2, 3}}, false, "", false, "non-IPv4 address"},
	} {
		got, portOK, err := UDPTarget(c.addr, c.v6)
		if c.reason != "" {
			wantReason(t, err, c.reason)
			continue
		}
		if err != nil || portOK != c.portOK || got.String() != c.want {
			t.Errorf("%v: %v, %t, %v, want %v, %t", c.addr, got, portOK, err, c.want, c.portOK)
		}
	}
}

// wantReason fails t unless err is a *net.AddrError for that reason.
func wantReason(t *testing.T, err error, reason string) {
	t.Helper()
	var refused *net.AddrError
	if !errors.As(err, &refused) || refused.Err != reason {
		t.Errorf("got %v, want %q", err, reason)
	}
}

func TestSendTo(t *testing.T) {
	for _, c := range []struct {
		to   string
		v6   bool
		want string
	}{
		{"1.2.3.4:5", false, "1.2.3.4:5"},
		{"1.2.3.4:5", true, "1.2.3.4:5"},
		{"0.0.0.0:5", true, "0.0.0.0:5"},
		{"[::ffff:0.0.0.0]:5", true, "[::ffff:0.0.0.0]:5"},
		{"[fe80::1%7]:5", true, "[fe80::1%7]:5"},
		{"[fe80::1%no-such-interface]:5", true, "[fe80::1]:5"},
	} {
		if got, err := SendTo(netip.MustParseAddrPort(c.to), c.v6); err != nil || got.String() != c.want {
			t.Errorf("%s, IPv6 %t: %v, %v, want %s", c.to, c.v6, got, err, c.want)
		}
	}
	_, err := SendTo(netip.MustParseAddrPort("[::1]:5"), false)
	wantReason(t, err, "non-IPv4 address")
	if _, err := SendTo(netip.AddrPort{}, true); err != ErrMissingAddress {
		t.Errorf("no address: %v", err)
	}
}

func TestZoneOfTheLoopback(t *testing.T) {
	all, err := net.Interfaces()
	if err != nil || len(all) == 0 {
		t.Skipf("no interfaces here: %v", err)
	}
	named := netip.AddrPortFrom(netip.MustParseAddr("fe80::1").WithZone(all[0].Name), 9)
	numbered := WithZoneNumber(named)
	if got := ZoneNumber(numbered.Addr().Zone()); int(got) != all[0].Index {
		t.Errorf("zone %s is number %d, want %d", all[0].Name, got, all[0].Index)
	}
	if got := WithZoneName(numbered); got != named {
		t.Errorf("there and back: %v, want %v", got, named)
	}
}
