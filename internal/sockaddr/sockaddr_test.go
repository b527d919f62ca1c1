package sockaddr

import (
	"bytes"
	"net"
	"net/netip"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestIPThereAndBack(t *testing.T) {
	for _, s := range []string{"127.0.0.1:3131", "0.0.0.0:0", "255.1.2.3:65535", "[::1]:80", "[fe80::1%7]:443"} {
		want := netip.MustParseAddrPort(s)
		for _, a := range []net.Addr{net.TCPAddrFromAddrPort(want), net.UDPAddrFromAddrPort(want)} {
			raw, err := Append(nil, a)
			if err != nil {
				t.Fatalf("Append(%v): %v", a, err)
			}
			if got := AddrPort(raw); got != want {
				t.Errorf("%v came back as %v", want, got)
			}
			if name := UnixName(raw); name != "" {
				t.Errorf("%v has the unix name %q", want, name)
			}
		}
	}
}

func TestNoIPIsTheWildcard(t *testing.T) {
	raw, err := Append(nil, &net.TCPAddr{Port: 9})
	if err != nil || AddrPort(raw) != netip.MustParseAddrPort("0.0.0.0:9") {
		t.Fatalf("got %v, %v", AddrPort(raw), err)
	}
}

func TestUnixThereAndBack(t *testing.T) {
	for _, name := range []string{"/tmp/x.sock", "relative", "", "@abstract", "@" + strings.Repeat("x", unixPathMax-1), "@with\x00NUL"} {
		if !abstractNames && strings.HasPrefix(name, "@") {
			continue
		}
		raw, err := Append(nil, &net.UnixAddr{Name: name})
		if err != nil {
			t.Fatalf("Append(%q): %v", name, err)
		}
		if got := UnixName(raw); got != name {
			t.Errorf("%q came back as %q", name, got)
		}
		if AddrPort(raw).IsValid() {
			t.Errorf("%q has an IP address", name)
		}
	}
}

// Both ways to write an abstract name are one.
func TestAbstractNamesBeginWithANUL(t *testing.T) {
	if !abstractNames {
		t.Skip("only Linux has abstract names")
	}
	at, err := Append(nil, &net.UnixAddr{Name: "@x"})
	if err != nil {
		t.Fatal(err)
	}
	nul, err := Append(nil, &net.UnixAddr{Name: "\x00x"})
	if err != nil || !bytes.Equal(nul, at) {
		t.Errorf("got %q, %v, want %q", nul, err, at)
	}
}

func TestAppendKeepsWhatIsThere(t *testing.T) {
	raw, err := Append([]byte("xy"), &net.UnixAddr{Name: "z"})
	if err != nil || !bytes.HasPrefix(raw, []byte("xy")) {
		t.Fatalf("got %q, %v", raw, err)
	}
}

func TestBadAddressesSayWhatIsWrong(t *testing.T) {
	var noTCP *net.TCPAddr
	for _, c := range []struct {
		addr net.Addr
		want string
	}{
		{nil, "nil address"},
		{noTCP, "nil address"},
		{&net.IPAddr{}, "*net.IPAddr"},
		{&net.TCPAddr{Port: 65536}, "port 65536"},
		{&net.TCPAddr{Port: -1}, "port -1"},
		{&net.TCPAddr{IP: make(net.IP, 5)}, "5 bytes"},
		{&net.UDPAddr{IP: net.IPv6loopback, Zone: "no-such-interface"}, "no-such-interface"},
		{&net.UnixAddr{Name: strings.Repeat("x", unixPathMax)}, "at most"},
		{&net.UnixAddr{Name: "@" + strings.Repeat("x", unixPathMax)}, "at most"},
	} {
		if _, err := Append(nil, c.addr); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Append(%v): got %v, want %q in it", c.addr, err, c.want)
		}
	}
}

func TestShortRawAddressesAreNobody(t *testing.T) {
	full, err := Append(nil, &net.TCPAddr{IP: net.IPv6loopback, Port: 1})
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(full) {
		if AddrPort(full[:n]).IsValid() || UnixName(full[:n]) != "" {
			t.Errorf("the first %d bytes are an address", n)
		}
	}
}
