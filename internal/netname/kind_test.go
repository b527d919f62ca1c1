package netname

import (
	"net"
	"syscall"
	"testing"
)

var (
	tcp4    = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}
	tcp6    = &net.TCPAddr{IP: net.IPv6loopback, Port: 1}
	any4    = &net.TCPAddr{IP: net.IPv4zero}
	any6    = &net.TCPAddr{IP: net.IPv6unspecified}
	nowhere = &net.TCPAddr{}
)

func TestDialKind(t *testing.T) {
	for _, c := range []struct {
		network       string
		local, remote net.Addr
		want          Kind
	}{
		{"tcp", nil, tcp4, Kind{Family: syscall.AF_INET, Type: syscall.SOCK_STREAM}},
		{"tcp", nil, tcp6, Kind{Family: syscall.AF_INET6, Type: syscall.SOCK_STREAM}},
		{"tcp", tcp6, tcp4, Kind{Family: syscall.AF_INET6, Type: syscall.SOCK_STREAM}},
		{"tcp", nil, nowhere, Kind{Family: syscall.AF_INET, Type: syscall.SOCK_STREAM}},
		{"tcp4", nil, tcp6, Kind{Family: syscall.AF_INET, Type: syscall.SOCK_STREAM}},
		{"tcp6", nil, tcp4, Kind{Family: syscall.AF_INET6, Type: syscall.SOCK_STREAM, V6Only: true}},
		{"udp", nil, &net.UDPAddr{IP: net.IPv6loopback}, Kind{Family: syscall.AF_INET6, Type: syscall.SOCK_DGRAM}},
		{"unix", nil, &net.UnixAddr{}, Kind{Family: syscall.AF_UNIX, Type: syscall.SOCK_STREAM}},
		{"unixgram", nil, &net.UnixAddr{}, Kind{Family: syscall.AF_UNIX, Type: syscall.SOCK_DGRAM}},
		{"unixpacket", nil, &net.UnixAddr{}, Kind{Family: syscall.AF_UNIX, Type: syscall.SOCK_SEQPACKET}},
	} {
		if got := DialKind(c.network, c.local, c.remote); got != c.want {
			t.Errorf("%s from %v to %v: %+v, want %+v", c.network, c.local, c.remote, got, c.want)
		}
	}
}

func TestListenKind(t *testing.T) {
	for _, c := range []struct {
		network   string
		local     net.Addr
		wildcard6 bool
		want      int
		v6only    bool
	}{
		{"tcp", tcp4, true, syscall.AF_INET, false},
		{"tcp", tcp6, false, syscall.AF_INET6, false},
		{"tcp", nowhere, true, syscall.AF_INET6, false},
		{"tcp", nowhere, false, syscall.AF_INET, false},
		{"tcp", any4, true, syscall.AF_INET6, false},
		{"tcp", any4, false, syscall.AF_INET, false},
		{"tcp", any6, false, syscall.AF_INET6, false},
		{"tcp4", any6, true, syscall.AF_INET, false},
		{"udp6", any4, false, syscall.AF_INET6, true},
		{"unix", &net.UnixAddr{}, true, syscall.AF_UNIX, false},
	} {
		got := ListenKind(c.network, c.local, func() bool { return c.wildcard6 })
		if got.Family != c.want || got.V6Only != c.v6only {
			t.Errorf("%s at %v, IPv6 takes all %t: %+v", c.network, c.local, c.wildcard6, got)
		}
	}
}

func TestKindsHaveNetworks(t *testing.T) {
	for _, c := range []struct {
		family, typ        int
		network, control   string
		blocking, datagram bool
	}{
		{syscall.AF_INET, syscall.SOCK_STREAM, "tcp", "tcp4", false, false},
		{syscall.AF_INET6, syscall.SOCK_STREAM, "tcp", "tcp6", false, false},
		{syscall.AF_INET, syscall.SOCK_DGRAM, "udp", "udp4", false, true},
		{syscall.AF_INET6, syscall.SOCK_DGRAM, "udp", "udp6", false, true},
		{syscall.AF_UNIX, syscall.SOCK_STREAM, "unix", "unix", true, false},
		{syscall.AF_UNIX, syscall.SOCK_DGRAM, "unixgram", "unixgram", false, true},
		{syscall.AF_UNIX, syscall.SOCK_SEQPACKET, "unixpacket", "unixpacket", true, false},
	} {
		k := Kind{Family: c.family, Type: c.typ}
		if got := k.Network(); got != c.network {
			t.Errorf("%+v is of %q, want %q", k, got, c.network)
		}
		if got := k.ControlNetwork(c.network); got != c.control {
			t.Errorf("%+v is told as %q, want %q", k, got, c.control)
		}
		if k.WaitsBlocking() != c.blocking || k.IsDatagram() != c.datagram {
			t.Errorf("%+v waits blocking: %t, is for datagrams: %t", k, k.WaitsBlocking(), k.IsDatagram())
		}
	}
	if got := (Kind{Family: syscall.AF_INET6}).ControlNetwork("tcp4"); got != "tcp4" {
		t.Errorf("tcp4 is told as %q", got)
	}
	for _, k := range []Kind{{}, {Family: syscall.AF_INET, Type: syscall.SOCK_RAW}, {Family: syscall.AF_UNIX, Type: syscall.SOCK_RAW}} {
		if got := k.Network(); got != "" {
			t.Errorf("%+v is of %q, want none", k, got)
		}
	}
}

func TestNetworks(t *testing.T) {
	for network, want := range map[string][2]bool{ // stream, datagram
		"tcp": {true, false}, "tcp4": {true, false}, "tcp6": {true, false},
		"udp": {false, true}, "udp4": {false, true}, "udp6": {false, true},
		"unix": {true, false}, "unixpacket": {true, false}, "unixgram": {false, true},
		"": {}, "ip": {}, "tcp5": {}, "TCP": {}, "unixx": {},
	} {
		if got := [2]bool{IsStream(network), IsDatagram(network)}; got != want {
			t.Errorf("%q: stream, datagram = %v, want %v", network, got, want)
		}
		if got := IsUnix(network); got != (len(network) >= 4 && network[:4] == "unix" && want != [2]bool{}) {
			t.Errorf("%q: unix %t", network, got)
		}
	}
}
