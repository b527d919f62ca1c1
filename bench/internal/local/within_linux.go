package local

import (
	"net"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/bench/internal/echo"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// within is an echo whose two ends are in this process, as those of a proxy or of a
// service that asks another are: the contender has the machine to itself.
func within(s wire.Spec, io *await.IO) (runner, error) {
	clients, err := connected(s, io, func(c net.Conn) { echo.Conn(c, s.Size) })
	if err != nil {
		return nil, err
	}
	return timed(s.Conns, func(i int) error { return clients[i].ask() }), nil
}

// stream is writes to connections whose other ends, in this process, read all of it: what goes one way, as a
// file does, or records.
func stream(s wire.Spec, io *await.IO) (runner, error) {
	clients, err := connected(s, io, func(c net.Conn) {
		defer c.Close()
		for buf := make([]byte, s.Size); ; {
			if _, err := c.Read(buf); err != nil {
				return
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return counted(s.Conns, func(i int) error {
		_, err := clients[i].Write(clients[i].question)
		return err
	}), nil
}

// connected are connections to this process, which serves the other ends.
func connected(s wire.Spec, io *await.IO, serve func(net.Conn)) ([]backend, error) {
	listen := net.Listen
	if io != nil {
		listen = func(network, address string) (net.Listener, error) { return io.Listen(network, address) }
	}
	l, err := listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go echo.Accept(l, serve)
	return dialAll(s, io, l.Addr().String())
}
