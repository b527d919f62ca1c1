//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package fdcall

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/proactor"
)

// BenchmarkDirect is what a transfer by its caller costs beside the network: each system call returns at
// once, as the peer has ended its stream and nothing is sent. A receive that waits is woken in the place of the
// loop by another goroutine, so that it takes two switches. Best seen with -cpu 1.
func BenchmarkDirect(b *testing.B) {
	b.Run("receive", func(b *testing.B) {
		d, buf := endedConn(b), make([]byte, 64)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := d.receiveDirectly(background, buf); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("wait", func(b *testing.B) {
		d, buf := endedConn(b), make([]byte, 64)
		ended := make(chan struct{})
		defer func() { <-ended }()
		stop := make(chan struct{})
		defer close(stop)
		go func() {
			defer close(ended)
			for !isClosed(stop) {
				d.direct.conn.Tell(false)
				runtime.Gosched()
			}
		}()
		b.ReportAllocs()
		for b.Loop() {
			d.direct.conn.Attempt()
			if _, err := d.receiveDirectly(background, buf); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("send", func(b *testing.B) {
		d := endedConn(b)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := d.Send(background, &d.direct.receiving, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// endedConn is a connection that a poller watches, and whose peer has ended its stream.
func endedConn(b *testing.B) *Descriptor {
	d, peer := watchedConn(b, proactor.Config{Spin: -1})
	d.Loop.Loops.oneCPU = false // no clock is looked at for others to run
	must(b, unix.Shutdown(peer, unix.SHUT_WR))
	if n, err := d.Receive(background, make([]byte, 1)); n != 0 || err != nil {
		b.Fatalf("%d, %v", n, err)
	}
	return d
}
