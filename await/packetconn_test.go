//go:build unix

package await

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

var packetNetworks = []string{"udp4", "udp6", "unixgram"}

// onPackets runs test with two unconnected sockets of each network.
func onPackets(t *testing.T, test func(t *testing.T, io *IO, a, b *PacketConn)) {
	for _, network := range packetNetworks {
		t.Run(network, func(t *testing.T) {
			io := open(t, Config{})
			test(t, io, packetsOn(t, io, network), packetsOn(t, io, network))
		})
	}
}

// packetsOn is a socket with an address, until t ends.
func packetsOn(t testing.TB, io *IO, network string) *PacketConn {
	t.Helper()
	address := map[string]string{"udp": ":0", "udp4": "127.0.0.1:0", "udp6": "[::1]:0"}[network]
	if address == "" {
		address = filepath.Join(tempDir(t), "s")
	}
	c, err := io.ListenPacket(network, address)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return c.(*PacketConn)
}

func TestPacketsArrive(t *testing.T) {
	onPackets(t, func(t *testing.T, _ *IO, a, b *PacketConn) {
		for _, want := range []string{"hello", ""} {
			n, err := a.WriteTo([]byte(want), b.LocalAddr())
			wantCount(t, "WriteTo", n, err, len(want))
			buf := make([]byte, 8)
			n, from, err := b.ReadFrom(buf)
			wantCount(t, "ReadFrom", n, err, len(want))
			if string(buf[:n]) != want || from.String() != a.LocalAddr().String() {
				t.Errorf("got %q from %v, want %q from %v", buf[:n], from, want, a.LocalAddr())
			}
		}
		_, err := a.WriteTo([]byte("too long"), b.LocalAddr())
		must(t, err)
		n, _, err := b.ReadFrom(make([]byte, 3))
		wantCount(t, "ReadFrom of a part", n, err, 3)
		_, err = a.WriteTo([]byte("no room"), b.LocalAddr())
		must(t, err)
		n, _, err = b.ReadFrom(nil)
		wantCount(t, "ReadFrom of nothing", n, err, 0)
	})
}

func TestPacketsEnds(t *testing.T) {
	cause := errors.New("cause")
	onPackets(t, func(t *testing.T, io *IO, a, _ *PacketConn) {
		ctx, cancel := context.WithCancelCause(context.Background())
		read := later(func() (int, error) { n, _, err := a.ReadFromContext(ctx, make([]byte, 8)); return n, err })
		waitUnderWay(t, io, 1)
		cancel(cause)
		wantIs(t, receive(t, read, "end of ReadFromContext").err, cause)

		read = later(func() (int, error) { n, _, err := a.ReadFrom(make([]byte, 8)); return n, err })
		waitUnderWay(t, io, 1)
		must(t, a.SetReadDeadline(time.Now()))
		err := receive(t, read, "end of ReadFrom").err
		wantDeadline(t, err)
		var failed *net.OpError
		if !errors.As(err, &failed) || failed.Op != "read" || failed.Source != a.LocalAddr() || failed.Addr != nil {
			t.Errorf("error %v, want one of read on %v", err, a.LocalAddr())
		}
		must(t, a.SetDeadline(time.Time{}))

		read = later(func() (int, error) { return a.Read(make([]byte, 8)) })
		waitUnderWay(t, io, 1)
		must(t, a.Close())
		wantIs(t, receive(t, read, "end of Read").err, net.ErrClosed)
		_, err = a.WriteTo([]byte("x"), a.LocalAddr())
		wantIs(t, err, net.ErrClosed)
	})
}

func TestPacketsToAPeer(t *testing.T) {
	for _, network := range packetNetworks[:2] {
		t.Run(network, func(t *testing.T) {
			io := open(t, Config{})
			b := packetsOn(t, io, network)
			c, err := io.Dial(network, b.LocalAddr().String())
			must(t, err)
			defer c.Close()
			a := c.(*PacketConn)
			for _, want := range []string{"hello", ""} {
				n, err := a.Write([]byte(want))
				wantCount(t, "Write", n, err, len(want))
				n, from, err := b.ReadFromUDPAddrPort(make([]byte, 8))
				wantCount(t, "ReadFromUDPAddrPort", n, err, len(want))
				n, err = b.WriteToUDPAddrPort([]byte(want), from)
				wantCount(t, "WriteToUDPAddrPort", n, err, len(want))
				n, err = a.Read(make([]byte, 8))
				wantCount(t, "Read", n, err, len(want))
			}
			_, err = a.WriteTo([]byte("x"), b.LocalAddr())
			wantIs(t, err, net.ErrWriteToConnected)
			must(t, b.Close())
			_, err = a.Write([]byte("nobody"))
			must(t, err)
			_, err = a.Read(make([]byte, 8))
			wantIs(t, err, syscall.ECONNREFUSED)
		})
	}
}

// TestPacketsOfBothFamilies sends from a socket of both to each.
func TestPacketsOfBothFamilies(t *testing.T) {
	io := open(t, Config{})
	a := packetsOn(t, io, "udp")
	port := uint16(a.LocalAddr().(*net.UDPAddr).Port)
	for _, network := range packetNetworks[:2] {
		b := packetsOn(t, io, network)
		to := b.LocalAddr().(*net.UDPAddr)
		for range 2 {
			_, err := a.WriteTo([]byte("hello"), to)
			must(t, err)
			n, from, err := b.ReadFromUDPAddrPort(make([]byte, 8))
			wantCount(t, "ReadFromUDPAddrPort", n, err, 5)
			if from.Port() != port || from.Addr() != to.AddrPort().Addr() {
				t.Errorf("from %v, want port %d of %v", from, port, to.IP)
			}
			n, err = b.WriteToUDPAddrPort([]byte("back"), from)
			wantCount(t, "WriteToUDPAddrPort", n, err, 4)
			n, addr, err := a.ReadFrom(make([]byte, 8))
			wantCount(t, "ReadFrom", n, err, 4)
			if addr.String() != to.String() {
				t.Errorf("from %v, want %v", addr, to)
			}
		}
	}
}

// TestPacketsOfferPackageNetsErrors makes the same mistakes with both packages.
func TestPacketsOfferPackageNetsErrors(t *testing.T) {
	io := open(t, Config{})
	ours := packetsOn(t, io, "udp4")
	theirs, err := outside.ListenPacket("udp4", "127.0.0.1:0")
	must(t, err)
	defer theirs.Close()
	for name, addr := range map[string]net.Addr{
		"nothing":           nil,
		"nil":               (*net.UDPAddr)(nil),
		"another family":    &net.UDPAddr{IP: net.IPv6loopback, Port: 9},
		"another transport": &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9},
		"too large":         theirs.LocalAddr(),
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			p := make([]byte, 70_000)
			_, got := ours.WriteTo(p, addr)
			_, want := theirs.WriteTo(p, addr)
			if got == nil || want == nil {
				t.Fatalf("got %v, package net has %v", got, want)
			}
			g, w := got.(*net.OpError), want.(*net.OpError)
			if g.Op != w.Op || g.Net == "" || w.Net == "" || strings.TrimPrefix(g.Err.Error(), "sendto: ") != strings.TrimPrefix(w.Err.Error(), "sendto: ") {
				t.Errorf("got %v, package net has %v", got, want)
			}
		})
	}
}

func TestPacketMessages(t *testing.T) {
	io := open(t, Config{})
	a, b := packetsOn(t, io, "udp4"), packetsOn(t, io, "udp4")
	raw, err := b.SyscallConn()
	must(t, err)
	must(t, raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMP, 1) }))
	must(t, err)
	to := b.LocalAddr().(*net.UDPAddr)
	for _, to := range []*net.UDPAddr{to, {IP: net.IPv4(127, 0, 0, 1), Port: to.Port}} {
		_, _, err = a.WriteMsgUDP([]byte("hello"), nil, to)
		must(t, err)
	}
	_, _, err = a.WriteMsgUDPAddrPort([]byte("hello"), nil, to.AddrPort())
	must(t, err)
	oob := make([]byte, 128)
	for range 2 {
		n, oobn, flags, from, err := b.ReadMsgUDP(make([]byte, 3), oob)
		wantCount(t, "ReadMsgUDP", n, err, 3)
		if oobn == 0 || flags&unix.MSG_TRUNC == 0 || from.String() != a.LocalAddr().String() {
			t.Errorf("got %d bytes of ancillary data, flags %#x, from %v", oobn, flags, from)
		}
	}
	n, oobn, flags, from, err := b.ReadMsgUDPAddrPort(make([]byte, 8), oob)
	wantCount(t, "ReadMsgUDPAddrPort", n, err, 5)
	if oobn == 0 || flags&unix.MSG_TRUNC != 0 || from != a.LocalAddr().(*net.UDPAddr).AddrPort() {
		t.Errorf("got %d bytes of ancillary data, flags %#x, from %v", oobn, flags, from)
	}
	_, _, err = a.WriteMsgUDPAddrPort([]byte("x"), nil, netip.AddrPort{})
	if err == nil {
		t.Error("a message without an address was sent")
	}
}

// TestPacketsCarryDescriptors passes a pipe through a unix socket.
func TestPacketsCarryDescriptors(t *testing.T) {
	io := open(t, Config{})
	a, b := packetsOn(t, io, "unixgram"), packetsOn(t, io, "unixgram")
	r, w, err := os.Pipe()
	must(t, err)
	defer r.Close()
	defer w.Close()
	rights := unix.UnixRights(int(w.Fd()))
	_, oobn, err := a.WriteMsgUnix([]byte("pipe"), rights, b.LocalAddr().(*net.UnixAddr))
	wantCount(t, "WriteMsgUnix", oobn, err, len(rights))
	oob := make([]byte, 64)
	n, oobn, _, _, err := b.ReadMsgUnix(make([]byte, 8), oob)
	wantCount(t, "ReadMsgUnix", n, err, 4)
	messages, err := unix.ParseSocketControlMessage(oob[:oobn])
	must(t, err)
	fds, err := unix.ParseUnixRights(&messages[0])
	must(t, err)
	got := os.NewFile(uintptr(fds[0]), "pipe")
	defer got.Close()
	_, err = got.WriteString("through")
	must(t, err)
	buf := make([]byte, 8)
	n, err = r.Read(buf)
	wantCount(t, "read of the pipe", n, err, 7)
}

func TestPacketBatches(t *testing.T) {
	onPackets(t, func(t *testing.T, io *IO, a, b *PacketConn) {
		const size = 8 // what a unixgram socket holds at the least
		batch := make([]Datagram, size)
		for i := range batch {
			batch[i] = Datagram{Buffers: [][]byte{{byte(i)}, []byte("tail")}, Addr: b.LocalAddr()}
		}
		n, err := a.WriteBatch(batch)
		wantCount(t, "WriteBatch", n, err, size)
		seen := map[byte]bool{}
		for len(seen) < size {
			got := make([]Datagram, size+3)
			for i := range got {
				got[i] = Datagram{Buffers: [][]byte{make([]byte, 2), make([]byte, 8)}}
			}
			n, err := b.ReadBatch(got)
			if n == 0 || err != nil {
				t.Fatalf("ReadBatch: %d, %v", n, err)
			}
			for _, d := range got[:n] {
				if d.N != 5 || string(d.Buffers[1][:3]) != "ail" || d.Addr.String() != a.LocalAddr().String() {
					t.Errorf("got %d bytes from %v: %q", d.N, d.Addr, d.Buffers)
				}
				seen[d.Buffers[0][0]] = true
			}
		}
		n, err = b.ReadBatch(nil)
		wantCount(t, "ReadBatch of nothing", n, err, 0)

		read := later(func() (int, error) { return b.ReadBatch(make([]Datagram, 2)) })
		waitUnderWay(t, io, 1)
		must(t, b.SetReadDeadline(time.Now()))
		wantDeadline(t, receive(t, read, "end of ReadBatch").err)
	})
}

func TestPacketBatchWithAFailure(t *testing.T) {
	io := open(t, Config{})
	a, b := packetsOn(t, io, "udp4"), packetsOn(t, io, "udp4")
	good := func() Datagram { return Datagram{Buffers: [][]byte{[]byte("x")}, Addr: b.LocalAddr()} }
	batch := []Datagram{good(), {Buffers: [][]byte{make([]byte, 70_000)}, Addr: b.LocalAddr()}, good()}
	n, err := a.WriteBatch(batch)
	if n != 1 || !errors.Is(err, syscall.EMSGSIZE) || batch[1].N != -1 || batch[2].N != 1 {
		t.Errorf("WriteBatch: %d, %v, with %d and %d", n, err, batch[1].N, batch[2].N)
	}
	n, err = a.WriteBatch([]Datagram{good(), {Addr: nil}})
	if n != 0 || err == nil {
		t.Errorf("a batch with an address missing: %d, %v", n, err)
	}
}

var (
	_ net.PacketConn = (*PacketConn)(nil)
	_ net.Conn       = (*PacketConn)(nil)
	_ syscall.Conn   = (*PacketConn)(nil)
)

func TestPacketReadsDoNotAllocate(t *testing.T) {
	io := openToCount(t)
	if !testutil.Holds(t, io.Backend(), "messages, accept and connect allocate nothing") {
		return
	}
	a, b := packetsOn(t, io, "udp4"), packetsOn(t, io, "udp4")
	to := b.LocalAddr().(*net.UDPAddr).AddrPort()
	buf := make([]byte, 8)
	n := testing.AllocsPerRun(100, func() {
		if _, err := a.WriteToUDPAddrPort(buf, to); err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.ReadFromUDPAddrPort(buf); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("a datagram sent and received allocates %v times", n)
	}
}

func TestConnCallsDoNotAllocate(t *testing.T) {
	io := openToCount(t)
	a, b := pairOn(t, io, "tcp4")
	buf := make([]byte, 8)
	must(t, b.SetDeadline(time.Now().Add(time.Hour)))
	n := testing.AllocsPerRun(100, func() {
		if _, err := a.Write(buf); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Read(buf); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("a write and a read allocate %v times", n)
	}
}

// Addresses that package net refuses, or takes for something else than their bytes.
func TestPacketsToOddAddresses(t *testing.T) {
	io := open(t, Config{})
	for _, network := range []string{"udp4", "udp6", "udp"} {
		t.Run(network, func(t *testing.T) {
			ours := packetsOn(t, io, network)
			theirs, err := outside.ListenPacket(network, ours.LocalAddr().(*net.UDPAddr).IP.String()+":0")
			if network != "udp4" {
				theirs, err = outside.ListenPacket(network, "[::]:0")
			}
			must(t, err)
			defer theirs.Close()
			port := ours.LocalAddr().(*net.UDPAddr).Port
			for name, addr := range map[string]*net.UDPAddr{
				"no IP":        {Port: port},
				"zero IPv4":    {IP: net.IPv4zero, Port: port},
				"odd IP":       {IP: net.IP{1, 2, 3}, Port: port},
				"large port":   {IP: net.IPv4(127, 0, 0, 1), Port: 1<<16 + 9},
				"no such zone": {IP: net.ParseIP("fe80::1"), Zone: "nosuch0", Port: port},
			} {
				_, got := ours.WriteTo([]byte("x"), addr)
				_, want := theirs.WriteTo([]byte("x"), addr)
				if (got == nil) != (want == nil) {
					t.Errorf("%s: got %v, package net has %v", name, got, want)
				}
			}
			_, got := ours.WriteToUDPAddrPort([]byte("x"), netip.AddrPort{})
			if got == nil {
				t.Error("an address that is not valid was sent to")
			}
		})
	}
}

// As in package net, 0.0.0.0 in a netip.AddrPort is this host by IPv4, also to a socket of IPv6. In a
// net.UDPAddr it is any address, and by IPv6 there.
func TestPacketsToTheWildcard(t *testing.T) {
	io := open(t, Config{})
	both := packetsOn(t, io, "udp")
	four := packetsOn(t, io, "udp4")
	port := four.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	for _, to := range []string{"0.0.0.0", "::ffff:0.0.0.0"} {
		_, err := both.WriteToUDPAddrPort([]byte(to), netip.AddrPortFrom(netip.MustParseAddr(to), port))
		must(t, err)
		must(t, four.SetReadDeadline(time.Now().Add(10*time.Second)))
		b := make([]byte, 20)
		n, _, err := four.ReadFrom(b)
		if err != nil || string(b[:n]) != to {
			t.Errorf("to %s: %q, %v", to, b[:n], err)
		}
	}
}

func TestPacketsToAPeerGoNowhereElse(t *testing.T) {
	io := open(t, Config{})
	c, err := io.Dial("udp4", "127.0.0.1:9")
	must(t, err)
	defer c.Close()
	for _, to := range []netip.AddrPort{{}, netip.MustParseAddrPort("127.0.0.1:9")} {
		_, err := c.(*PacketConn).WriteToUDPAddrPort([]byte("x"), to)
		wantIs(t, err, net.ErrWriteToConnected)
	}
}

// An error that came with the rest of a batch was told to nobody.
func TestPacketBatchTellsALateError(t *testing.T) {
	io := open(t, Config{})
	a := packetsOn(t, io, "udp4")
	late := error(&net.OpError{Op: "read", Err: syscall.ECONNREFUSED})
	a.late.Store(&late)
	_, err := a.ReadBatch(make([]Datagram, 1))
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v, want the error of the batch before", err)
	}
}
