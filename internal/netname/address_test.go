package netname

import (
	"net"
	"net/netip"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

func TestAddress(t *testing.T) {
	loopback := ZoneName(netip.MustParseAddr("fe80::1%1"))
	for _, c := range []struct {
		network, in string
		want        net.Addr
	}{
		{"tcp", "1.2.3.4:5", &net.TCPAddr{IP: net.IP{1, 2, 3, 4}, Port: 5}},
		{"tcp6", "[::1]:5", &net.TCPAddr{IP: net.IPv6loopback, Port: 5}},
		{"udp4", "1.2.3.4:5", &net.UDPAddr{IP: net.IP{1, 2, 3, 4}, Port: 5}},
		{"udp", "[fe80::1%1]:5", &net.UDPAddr{IP: net.ParseIP("fe80::1"), Port: 5, Zone: loopback}},
		{"udp", "[fe80::1%99999]:5", &net.UDPAddr{IP: net.ParseIP("fe80::1"), Port: 5, Zone: "99999"}},
		{"unix", "1.2.3.4:5", nil},
	} {
		if got := Address(c.network, netip.MustParseAddrPort(c.in)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s of %s: got %v, want %v", c.in, c.network, got, c.want)
		}
	}
	if Address("tcp", netip.AddrPort{}) != nil {
		t.Error("nobody has an address")
	}
}

func TestZonesThereAndBack(t *testing.T) {
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		if got := ZoneNumber(i.Name); int(got) != i.Index {
			t.Errorf("zone %s is %d, want %d", i.Name, got, i.Index)
		}
	}
	for zone, want := range map[string]uint32{
		"": 0, "no-such-interface": 0, "7777": 7777, "25no-such": 25, "-1": 0, "16777215": 1<<24 - 1, "4294967296": 1<<24 - 1, strings.Repeat("9", 99): 1<<24 - 1,
	} {
		if got := ZoneNumber(zone); got != want {
			t.Errorf("zone %q is %d, want %d", zone, got, want)
		}
	}
}

func TestAddressesToBind(t *testing.T) {
	group := &net.UDPAddr{IP: net.IPv4(224, 0, 0, 1), Port: 7}
	if got := ListenAt(group); got.String() != ":7" {
		t.Errorf("the group's address to bind is %v", got)
	}
	if got := ListenAt(tcp4); got != tcp4 {
		t.Errorf("%v is bound as %v", tcp4, got)
	}
	for _, a := range []net.Addr{nil, (*net.TCPAddr)(nil), (*net.UDPAddr)(nil), (*net.UnixAddr)(nil), &net.UnixAddr{}, &net.IPAddr{}} {
		if got := DialFrom(a); got != nil {
			t.Errorf("a dial from %T %v binds %v", a, a, got)
		}
	}
	for _, a := range []net.Addr{tcp4, group, &net.UnixAddr{Name: "x"}} {
		if got := DialFrom(a); got != a {
			t.Errorf("a dial from %v binds %v", a, got)
		}
	}
}

func TestWildcards(t *testing.T) {
	for _, a := range []net.Addr{nil, nowhere, any4, any6, &net.UnixAddr{}, (*net.UnixAddr)(nil), (*net.TCPAddr)(nil)} {
		if !IsWildcard(a) {
			t.Errorf("%T %v is no wildcard", a, a)
		}
	}
	for _, a := range []net.Addr{tcp4, tcp6, &net.UnixAddr{Name: "x"}} {
		if IsWildcard(a) {
			t.Errorf("%v is a wildcard", a)
		}
	}
}

func TestNilPointersAreNoAddresses(t *testing.T) {
	for _, a := range []net.Addr{OrNil((*net.TCPAddr)(nil)), Untyped((*net.UDPAddr)(nil)), Untyped((*net.UnixAddr)(nil)), Untyped(nil)} {
		if a != nil {
			t.Errorf("a nil pointer is %T", a)
		}
	}
	if OrNil(tcp4) != tcp4 || Untyped(tcp6) != tcp6 {
		t.Error("an address is not itself")
	}
}

func TestSameIPPort(t *testing.T) {
	mapped := &net.TCPAddr{IP: net.IP{127, 0, 0, 1}, Port: 1}
	if !SameIPPort(tcp4, mapped) || SameIPPort(tcp4, tcp6) || SameIPPort(tcp4, &net.TCPAddr{IP: tcp4.IP, Port: 2}) {
		t.Error("addresses are mistaken for one another")
	}
	if SameIPPort(&net.UnixAddr{}, &net.UnixAddr{}) {
		t.Error("two paths are one IP address")
	}
}

func TestUnixNames(t *testing.T) {
	for _, c := range []struct{ name, path string }{
		{"/a/b", "/a/b"}, {"", ""}, {"@abstract", ""},
	} {
		if got := UnixPath(&net.UnixAddr{Name: c.name}); got != c.path {
			t.Errorf("%q has the path %q, want %q", c.name, got, c.path)
		}
	}
	if got := UnixPath(tcp4); got != "" {
		t.Errorf("a TCP address has the path %q", got)
	}
	if got := UnixSender("unixgram", "@a\x00b"); got.Name != "@a" || got.Net != "unixgram" {
		t.Errorf("the sender is %v of %s", got, got.Net)
	}
	if got := UnixSender("unixgram", "\x00"); got != nil {
		t.Errorf("a socket without a name is %v", got)
	}
	unnamed := ""
	if runtime.GOOS == "linux" {
		unnamed = "@"
	}
	if got := UnixPeer("unix", "").Name; got != unnamed {
		t.Errorf("a peer without a name is %q, want %q", got, unnamed)
	}
}

func TestSocketNames(t *testing.T) {
	for _, c := range []struct {
		local, remote net.Addr
		want          string
	}{
		{tcp4, tcp6, "tcp:127.0.0.1:1->[::1]:1"}, {tcp4, nil, "tcp:127.0.0.1:1->"}, {nil, nil, "tcp:->"},
	} {
		if got := SocketName("tcp", c.local, c.remote); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
