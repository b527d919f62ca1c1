//go:build linux

package await

import (
	"fmt"
	"net"
	"strings"
	"testing"
)

// Abstract names are those of package net: of any bytes, up to the longest, with either
// first byte.
func TestAbstractNamesAreNets(t *testing.T) {
	io := open(t, Config{})
	unique := fmt.Sprintf("awaitio-%p-", io)
	long := unique + strings.Repeat("x", 108-1-len(unique))
	for _, name := range []string{"@" + long, "\x00" + long, "\x00" + unique + "short", "@" + unique + "with\x00NUL", "@" + long + "x"} {
		for _, network := range []string{"unix", "unixpacket"} {
			t.Run(fmt.Sprintf("%s %d bytes %q", network, len(name), name[:1]), func(t *testing.T) {
				abstractStream(t, io, network, name)
			})
		}
		t.Run(fmt.Sprintf("unixgram %d bytes %q", len(name), name[:1]), func(t *testing.T) { abstractPackets(t, io, name) })
	}
}

func abstractStream(t *testing.T, io *IO, network, name string) {
	theirs, want := outside.Listen(network, name)
	if want != nil {
		_, err := io.Listen(network, name)
		wantSame(t, err, want)
		_, want = outside.Dial(network, name)
		_, err = io.Dial(network, name)
		wantSame(t, err, want)
		return
	}
	address := theirs.Addr().String()
	c, err := io.Dial(network, name)
	must(t, err)
	if got := c.RemoteAddr().String(); got != address {
		t.Errorf("the peer is %q, want %q", got, address)
	}
	must(t, c.Close())
	must(t, theirs.Close())
	ours, err := io.Listen(network, name)
	must(t, err)
	defer ours.Close()
	if got := ours.Addr().String(); got != address {
		t.Errorf("listens at %q, want %q", got, address)
	}
	dialed, err := outside.Dial(network, name)
	must(t, err)
	must(t, dialed.Close())
}

// abstractPackets sends to and from a name of either library.
func abstractPackets(t *testing.T, io *IO, name string) {
	theirs, want := outside.ListenPacket("unixgram", name)
	if want != nil {
		_, err := io.ListenPacket("unixgram", name)
		wantSame(t, err, want)
		return
	}
	defer theirs.Close()
	to := &net.UnixAddr{Name: name, Net: "unixgram"}
	ours, err := io.ListenPacket("unixgram", "@"+fmt.Sprintf("awaitio-%p-from", t))
	must(t, err)
	defer ours.Close()
	_, err = ours.WriteTo([]byte("x"), to)
	must(t, err)
	p := make([]byte, 4)
	n, from, err := theirs.ReadFrom(p)
	wantCount(t, "ReadFrom", n, err, 1)
	if from.String() != ours.LocalAddr().String() {
		t.Errorf("came from %v, want %v", from, ours.LocalAddr())
	}
	_, err = theirs.WriteTo([]byte("x"), from)
	must(t, err)
	n, from, err = ours.ReadFrom(p)
	wantCount(t, "ReadFrom", n, err, 1)
	if from.String() != theirs.LocalAddr().String() {
		t.Errorf("came from %v, want %v", from, theirs.LocalAddr())
	}
}
