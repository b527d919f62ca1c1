package serve

import (
	"context"
	"fmt"
	"io"

	"github.com/cloudwego/netpoll"

	"github.com/awaitio/awaitio/bench/internal/wire"
)

// startNetpoll leaves the number of pollers to the library.
func startNetpoll(s wire.Spec) (wire.Hello, error) {
	if s.Work != "echo" {
		return wire.Hello{}, fmt.Errorf("netpoll does no %q here", s.Work)
	}
	netpoll.SetLoggerOutput(io.Discard)
	l, err := netpoll.CreateListener("tcp", loopback)
	if err != nil {
		return wire.Hello{}, err
	}
	loop, err := netpoll.NewEventLoop(netpollEcho)
	if err != nil {
		return wire.Hello{}, err
	}
	go func() { _ = loop.Serve(l) }() // it ends with the process
	return wire.Hello{Addr: l.Addr().String()}, nil
}

// netpollEcho sends back what has arrived, without a copy.
func netpollEcho(_ context.Context, c netpoll.Connection) error {
	reader, writer := c.Reader(), c.Writer()
	p, err := reader.Next(reader.Len())
	if err != nil {
		return err
	}
	if _, err := writer.WriteBinary(p); err != nil {
		return err
	}
	if err := writer.Flush(); err != nil {
		return err
	}
	return reader.Release()
}
