package netname

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
)

// Literals and numbers only: nothing is asked of a network.
func TestResolveLiterals(t *testing.T) {
	for _, c := range []struct{ network, address, want string }{
		{"tcp", "", "[:0]"},
		{"tcp", ":80", "[:80]"},
		{"tcp", "127.0.0.1:80", "[127.0.0.1:80]"},
		{"udp6", "[::1]:80", "[[::1]:80]"},
		{"tcp", "[fe80::1%7]:80", "[[fe80::1%7]:80]"},
		{"tcp", "[::]:80", "[[::]:80 0.0.0.0:80]"}, // where IPv6 is half configured
		{"tcp6", "[::]:80", "[[::]:80]"},
		{"tcp4", "[::]:80", "[0.0.0.0:80]"},
		{"unix", "/a/b", "[/a/b]"},
		{"unixgram", "@x", "[@x]"},
	} {
		addrs, err := Resolve(context.Background(), net.DefaultResolver, c.network, c.address)
		if got := fmt.Sprint(addrs); err != nil || got != c.want {
			t.Errorf("%s %q: %s, %v, want %s", c.network, c.address, got, err, c.want)
			continue
		}
		for _, a := range addrs {
			if got := a.Network(); got != c.network && got+"4" != c.network && got+"6" != c.network {
				t.Errorf("%s %q: an address of %s", c.network, c.address, got)
			}
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	resolve := func(network, address string) error {
		_, err := Resolve(context.Background(), net.DefaultResolver, network, address)
		return err
	}
	if err := resolve("tcp5", "127.0.0.1:80"); err != net.UnknownNetworkError("tcp5") {
		t.Errorf("tcp5: %v", err)
	}
	wantReason(t, resolve("tcp4", "[::1]:80"), "no suitable address found")
	wantReason(t, resolve("tcp", "127.0.0.1"), "missing port in address")
	var noPort *net.DNSError
	if err := resolve("tcp", "127.0.0.1:no-such-service"); !errors.As(err, &noPort) {
		t.Errorf("no such service: %v", err)
	}
}

func TestPartitionAndPreferred(t *testing.T) {
	mapped := &net.TCPAddr{IP: net.ParseIP("::ffff:1.2.3.4"), Port: 1}
	primaries, fallbacks := Partition([]net.Addr{tcp6, tcp4, any6, mapped})
	if fmt.Sprint(primaries) != "[[::1]:1 [::]:0]" || fmt.Sprint(fallbacks) != "[127.0.0.1:1 1.2.3.4:1]" {
		t.Errorf("first %v, then %v", primaries, fallbacks)
	}
	if _, fallbacks := Partition([]net.Addr{tcp4, any4}); fallbacks != nil {
		t.Errorf("one version only: then %v", fallbacks)
	}
	if got := Preferred([]net.Addr{tcp6, tcp4}); got != tcp4 {
		t.Errorf("to listen on: %v", got)
	}
	if got := Preferred([]net.Addr{tcp6, any6}); got != tcp6 {
		t.Errorf("to listen on: %v", got)
	}
}

func TestReachableFrom(t *testing.T) {
	for _, c := range []struct {
		local net.Addr
		want  string
	}{
		{tcp4, "[127.0.0.1:1 [::]:0]"},
		{tcp6, "[[::1]:1 [::]:0]"},
		{nowhere, "[127.0.0.1:1 [::1]:1 [::]:0]"},
	} {
		kept, err := ReachableFrom(c.local, []net.Addr{tcp4, tcp6, any6})
		if got := fmt.Sprint(kept); err != nil || got != c.want {
			t.Errorf("from %v: %s, %v, want %s", c.local, got, err, c.want)
		}
	}
	_, err := ReachableFrom(tcp4, []net.Addr{tcp6})
	wantReason(t, err, "no suitable address found")
	_, err = ReachableFrom(&net.UDPAddr{}, []net.Addr{tcp4})
	wantReason(t, err, "mismatched local address type")
}
