//go:build unix

package await

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// BenchmarkPingPong sends a byte there and back. The rounds alternate, so that
// whatever else the machine does meets both alike.
func BenchmarkPingPong(b *testing.B) {
	for round := range 3 {
		b.Run(fmt.Sprintf("Recv/round=%d", round), func(b *testing.B) {
			pingPong(b, func(io *IO, fd int, p []byte) (int, error) { return io.Recv(background, fd, p, 0) })
		})
		b.Run(fmt.Sprintf("RecvWithTimeout/round=%d", round), func(b *testing.B) {
			pingPong(b, func(io *IO, fd int, p []byte) (int, error) {
				return io.RecvWithTimeout(background, fd, p, 0, time.Minute)
			})
		})
		b.Run(fmt.Sprintf("RecvWithContext/round=%d", round), func(b *testing.B) {
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			pingPong(b, func(io *IO, fd int, p []byte) (int, error) { return io.Recv(ctx, fd, p, 0) })
		})
	}
}

func pingPong(b *testing.B, recv func(io *IO, fd int, p []byte) (int, error)) {
	io := benchIO(b)
	x, y := socketPair(b)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p := make([]byte, 1)
		for {
			if _, err := recv(io, y, p); err != nil {
				return // the end
			}
			if _, err := io.Send(background, y, p, 0); err != nil {
				b.Errorf("send: %v", err)
				return
			}
		}
	}()
	p := make([]byte, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := io.Send(background, x, p, 0); err != nil {
			b.Fatal(err)
		}
		if _, err := recv(io, x, p); err != nil {
			b.Fatal(err)
		}
	}
	must(b, unix.Shutdown(x, unix.SHUT_WR))
	<-ended
}

const echoSize = 64

// BenchmarkEcho has clients send 64 bytes to a server over TCP and wait for them
// to come back.
func BenchmarkEcho(b *testing.B) {
	for _, connections := range []int{1, 64} {
		b.Run(fmt.Sprintf("await/connections=%d", connections), func(b *testing.B) { echoAwait(b, connections) })
		b.Run(fmt.Sprintf("net/connections=%d", connections), func(b *testing.B) { echoNet(b, connections) })
	}
}

func echoAwait(b *testing.B, connections int) {
	io := benchIO(b)
	clients, buffers := make([]int, connections), make([][]byte, connections)
	ended := make(chan error, connections)
	for i := range clients {
		client, server := tcpPair(b)
		noDelay(b, client, server)
		clients[i], buffers[i] = client, make([]byte, echoSize)
		go func() {
			p := make([]byte, echoSize)
			for {
				n, err := io.Recv(background, server, p, 0)
				if err == nil {
					_, err = io.Send(background, server, p[:n], 0)
				}
				if err != nil {
					ended <- err
					return
				}
			}
		}()
	}
	spread(b, connections, func(i int) error {
		if _, err := io.Send(background, clients[i], buffers[i], 0); err != nil {
			return err
		}
		_, err := io.Recv(background, clients[i], buffers[i], unix.MSG_WAITALL)
		return err
	})
	for _, fd := range clients {
		must(b, unix.Shutdown(fd, unix.SHUT_WR))
		<-ended
	}
}

// noDelay does what package net does for each of its connections.
func noDelay(b *testing.B, fds ...int) {
	b.Helper()
	for _, fd := range fds {
		must(b, unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1))
	}
}

func echoNet(b *testing.B, connections int) {
	listener, err := outside.Listen("tcp", "127.0.0.1:0")
	must(b, err)
	defer listener.Close()
	clients, buffers := make([]net.Conn, connections), make([][]byte, connections)
	ended := make(chan error, connections)
	for i := range clients {
		client, err := outside.Dial("tcp", listener.Addr().String())
		must(b, err)
		server, err := listener.Accept()
		must(b, err)
		clients[i], buffers[i] = client, make([]byte, echoSize)
		go func() {
			defer server.Close()
			p := make([]byte, echoSize)
			for {
				n, err := server.Read(p)
				if err == nil {
					_, err = server.Write(p[:n])
				}
				if err != nil {
					ended <- err
					return
				}
			}
		}()
	}
	spread(b, connections, func(i int) error {
		if _, err := clients[i].Write(buffers[i]); err != nil {
			return err
		}
		for rest := buffers[i]; len(rest) > 0; {
			n, err := clients[i].Read(rest)
			if err != nil {
				return err
			}
			rest = rest[n:]
		}
		return nil
	})
	for _, c := range clients {
		must(b, c.Close())
		<-ended
	}
}
