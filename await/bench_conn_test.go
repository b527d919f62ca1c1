//go:build unix

package await

import (
	"errors"
	goio "io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// BenchmarkConnEcho is the round trip of 64 bytes over Conn, and over package net
// beside it.
func BenchmarkConnEcho(b *testing.B) {
	for _, conns := range []int{1, 64} {
		b.Run("await/conns="+strconv.Itoa(conns), func(b *testing.B) {
			io := open(b, Config{})
			benchmarkEcho(b, conns, listenOn(b, io, "tcp4"), io.Dial)
		})
		b.Run("net/conns="+strconv.Itoa(conns), func(b *testing.B) {
			l, err := outside.Listen("tcp4", "127.0.0.1:0")
			must(b, err)
			defer l.Close()
			benchmarkEcho(b, conns, l, net.Dial)
		})
	}
}

func benchmarkEcho(b *testing.B, conns int, l net.Listener, dial func(network, address string) (net.Conn, error)) {
	var wg sync.WaitGroup
	defer wg.Wait()
	var clients []net.Conn
	for range conns {
		wg.Go(func() { echo(b, l) })
		c, err := dial("tcp4", l.Addr().String())
		must(b, err)
		defer c.Close()
		clients = append(clients, c)
	}
	b.ReportAllocs()
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	var callers sync.WaitGroup
	for _, c := range clients {
		callers.Go(func() {
			buf := make([]byte, 64)
			for left.Add(-1) >= 0 {
				if err := roundTrip(c, buf); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	callers.Wait()
	b.StopTimer()
}

// roundTrip sends buf and waits for its echo.
func roundTrip(c net.Conn, buf []byte) error {
	if _, err := c.Write(buf); err != nil {
		return err
	}
	_, err := goio.ReadFull(c, buf)
	return err
}

// echo serves one connection.
func echo(b *testing.B, l net.Listener) {
	c, err := l.Accept()
	if err != nil {
		b.Error(err)
		return
	}
	defer c.Close()
	buf := make([]byte, 64)
	for {
		n, err := c.Read(buf)
		if errors.Is(err, goio.EOF) {
			return
		}
		if err != nil {
			b.Error(err)
			return
		}
		if _, err := c.Write(buf[:n]); err != nil {
			b.Error(err)
			return
		}
	}
}
