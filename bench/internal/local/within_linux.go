package local

import (
	"bytes"
	"net"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/bench/internal/echo"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// within is an echo whose two ends are in this process, as those of a proxy or of a
// service that asks another are: the contender has the machine to itself.
func within(s wire.Spec, io *await.IO) (runner, error) {
	dial, listen := net.Dial, net.Listen
	if io != nil {
		dial = io.Dial
		listen = func(network, address string) (net.Listener, error) { return io.Listen(network, address) }
	}
	l, err := listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go echo.Serve(l, s.Size)
	clients := make([]backend, s.Conns)
	for i := range clients {
		c, err := dial("tcp", l.Addr().String())
		if err != nil {
			return nil, err
		}
		clients[i] = backend{c, bytes.Repeat([]byte{byte(i)}, s.Size), make([]byte, s.Size)}
	}
	return timed(s.Conns, func(i int) error { return clients[i].ask() }), nil
}
