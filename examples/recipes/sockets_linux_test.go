package recipes

import (
	"bytes"
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/await"
)

// started is an IO that ends with t.
func started(t *testing.T) *await.IO {
	t.Helper()
	aio, err := await.Start(await.Config{})
	must(t, err)
	t.Cleanup(func() { must(t, aio.Close()) })
	return aio
}

// closing closes fd when t ends.
func closing(t *testing.T, aio *await.IO, fd int) int {
	t.Cleanup(func() { must(t, aio.CloseFD(context.Background(), fd)) })
	return fd
}

func TestVsock(t *testing.T) {
	aio := started(t)
	const port = 40713
	l, err := ListenVsock(t.Context(), aio, port)
	if errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.ENODEV) {
		t.Skipf("this kernel has no vsock: %v", err)
	}
	must(t, err)
	closing(t, aio, l)
	a, err := DialVsock(t.Context(), aio, unix.VMADDR_CID_LOCAL, port)
	if errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.ETIMEDOUT) {
		t.Skipf("this kernel has no vsock_loopback: %v", err)
	}
	must(t, err)
	closing(t, aio, a)
	b, err := aio.Accept(t.Context(), l, 0)
	must(t, err)
	closing(t, aio, b)
	_, err = aio.Send(t.Context(), a, []byte("hello"), 0)
	must(t, err)
	p := make([]byte, 16)
	n, err := aio.Recv(t.Context(), b, p, 0)
	must(t, err)
	if string(p[:n]) != "hello" {
		t.Errorf("got %q", p[:n])
	}
}

func TestNetlink(t *testing.T) {
	got, err := Interfaces(t.Context(), started(t))
	must(t, err)
	interfaces, err := net.Interfaces()
	must(t, err)
	var want []int32
	for _, i := range interfaces {
		want = append(want, int32(i.Index))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got interfaces %v, want %v", got, want)
	}
}

func TestPackets(t *testing.T) {
	loopback, err := net.InterfaceByName("lo")
	must(t, err)
	aio := started(t)
	fd, err := ListenPackets(t.Context(), aio, loopback.Index, unix.ETH_P_IP)
	if errors.Is(err, unix.EPERM) {
		t.Skip("needs CAP_NET_RAW")
	}
	must(t, err)
	closing(t, aio, fd)
	c, err := await.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	defer c.Close()
	sends := time.NewTicker(10 * time.Millisecond)
	defer sends.Stop()
	seen := make(chan struct{})
	var sender sync.WaitGroup
	defer sender.Wait()
	defer close(seen)
	sender.Go(func() { // again and again: where other programs send much, the socket loses packets for want of room
		for {
			if _, err := c.WriteTo([]byte("a datagram to itself"), c.LocalAddr()); err != nil {
				t.Error(err)
			}
			select {
			case <-seen:
				return
			case <-sends.C:
			}
		}
	})
	for p := make([]byte, 64<<10); ; { // of other programs too
		n, err := aio.Recv(t.Context(), fd, p, 0)
		must(t, err)
		if bytes.Contains(p[:n], []byte("a datagram to itself")) {
			return
		}
	}
}
