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
	listen := net.Listen
	if io != nil {
		listen = func(network, address string) (net.Listener, error) { return io.Listen(network, address) }
	}
	l, err := listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go echo.Serve(l, s.Size)
	clients, err := dialAll(s, io, l.Addr().String())
	if err != nil {
		return nil, err
	}
	return timed(s.Conns, func(i int) error { return clients[i].ask() }), nil
}
