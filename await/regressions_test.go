//go:build unix

package await

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
)

// A close needed room in a queue that only the close could make.
func TestCloseNeedsNoRoomInTheQueue(t *testing.T) {
	io := open(t, Config{MaxInFlight: 1, MaxQueued: 1})
	a, b := madeByNet(t, io), madeByNet(t, io)
	first := later(func() (int, error) { return a.Read(make([]byte, 1)) })
	waitInFlight(t, io, 1)
	second := later(func() (int, error) { return b.Read(make([]byte, 1)) })
	testutil.Eventually(t, patience, func() bool { return io.Stats().Queued == 1 }, "a read in line")
	closed := later(func() (int, error) { return 0, a.Close() })
	must(t, receive(t, closed, "end of Close").err)
	wantIs(t, receive(t, first, "end of the first Read").err, net.ErrClosed)
	must(t, b.Close())
	wantIs(t, receive(t, second, "end of the second Read").err, net.ErrClosed)
}

// madeByNet is a connection of io that package net has made: where one operation is
// in flight at most, an accept would keep the connect from it.
func madeByNet(t *testing.T, io *IO) net.Conn {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	theirs, err := net.Dial("tcp4", l.Addr().String())
	must(t, err)
	peer, err := l.Accept()
	must(t, err)
	t.Cleanup(func() { peer.Close() })
	c, err := io.AdoptConn(theirs)
	must(t, err)
	return c
}

// A close needed a proactor, which needed descriptors, of which the close would
// have made one.
func TestCloseWhereNoProactorCanStart(t *testing.T) {
	io := open(t, Config{IdleTimeout: time.Millisecond})
	a, _ := pairOn(t, io, "tcp4")
	e := proactorOf(t, io, -1)
	<-e.Done()
	release := testutil.ExhaustDescriptors(t)
	defer release()
	must(t, a.Close())
}

// A deadline that the kernel counts cannot be put off.
func TestDeadlinesMoveWithLinkedTimeouts(t *testing.T) {
	io := open(t, Config{LinkedTimeouts: true})
	a, b := pairOn(t, io, "tcp4")
	must(t, a.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
	waitUnderWay(t, io, 0)
	read := later(func() (int, error) { return a.Read(make([]byte, 8)) })
	waitUnderWay(t, io, 1)
	must(t, a.SetReadDeadline(time.Time{}))
	time.Sleep(100 * time.Millisecond) // beyond the first deadline
	_, err := b.Write([]byte("late"))
	must(t, err)
	got := receive(t, read, "end of Read")
	wantCount(t, "Read", got.n, got.err, 4)
}

// Blocked calls waited for a function of a raw connection that waited for them.
func TestCloseEndsCallsWhileARawFunctionRuns(t *testing.T) {
	io := open(t, Config{})
	a, _ := pairOn(t, io, "tcp4")
	raw, err := a.SyscallConn()
	must(t, err)
	waitUnderWay(t, io, 0)
	read := later(func() (int, error) { return a.Read(make([]byte, 1)) })
	waitUnderWay(t, io, 1)
	inside, closed := make(chan struct{}), make(chan outcome, 1)
	control := later(func() (int, error) {
		return 0, raw.Control(func(uintptr) {
			close(inside)
			got := receive(t, read, "end of Read")
			wantIs(t, got.err, net.ErrClosed)
		})
	})
	<-inside
	go func() { closed <- outcome{0, a.Close()} }()
	must(t, receive(t, control, "end of Control").err)
	must(t, receive(t, closed, "end of Close").err)
}

func TestConnectionsOfNothing(t *testing.T) {
	io, err := Start(Config{})
	must(t, err)
	l := listenOn(t, io, "tcp4")
	var ctx context.Context
	for range l.Connections(ctx) {
	}
	must(t, io.Close())
	errs := 0
	for _, err := range l.Connections(background) {
		wantIs(t, err, net.ErrClosed)
		if errs++; errs > 1 {
			t.Fatal("the loop goes on where its IO is closed")
		}
	}
	must(t, l.Close())
}

// Addresses that package net refuses, or takes for something else than their bytes.
func TestPacketsToOddAddresses(t *testing.T) {
	io := open(t, Config{})
	for _, network := range []string{"udp4", "udp6", "udp"} {
		t.Run(network, func(t *testing.T) {
			ours := packetsOn(t, io, network)
			theirs, err := net.ListenPacket(network, ours.LocalAddr().(*net.UDPAddr).IP.String()+":0")
			if network != "udp4" {
				theirs, err = net.ListenPacket(network, "[::]:0")
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

// A byte to carry ancillary data was sent where there was none.
func TestConnMessagesOfNothing(t *testing.T) {
	io := open(t, Config{})
	a, b := pairOn(t, io, "unix")
	n, oobn, err := a.WriteMsgUnix(nil, nil, nil)
	if n != 0 || oobn != 0 || err != nil {
		t.Errorf("wrote %d, %d, %v", n, oobn, err)
	}
	_, err = a.Write([]byte("x"))
	must(t, err)
	if n, _, _, _, err := b.ReadMsgUnix(nil, nil); n != 0 || err != nil {
		t.Errorf("read %d, %v", n, err)
	}
	n, err = b.Read(make([]byte, 8))
	wantCount(t, "Read", n, err, 1)
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

// The collection of each closed connection started a goroutine.
func TestCollectionOfClosedConnsIsCheap(t *testing.T) {
	io := open(t, Config{})
	a, _ := pairOn(t, io, "tcp4")
	must(t, a.Close())
	if n := testing.AllocsPerRun(100, func() { forget(a.d) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
