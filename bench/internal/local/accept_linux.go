package local

import (
	"context"
	"fmt"
	goio "io"
	"net"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/bench/internal/echo"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// accept has Depth clients connect and wait until the server has taken the connection and
// closed it. The clients are package net's in each case.
func accept(s wire.Spec, io *await.IO) (runner, error) {
	const anywhere = "127.0.0.1:0"
	var addr string
	if io == nil {
		l, err := net.Listen("tcp", anywhere)
		if err != nil {
			return nil, err
		}
		addr = l.Addr().String()
		go echo.Accept(l, func(c net.Conn) { _ = c.Close() }) // the client looks at how it ended
	} else {
		l, err := io.ListenStream("tcp", anywhere)
		if err != nil {
			return nil, err
		}
		addr = l.Addr().String()
		go func() {
			for c, err := range l.Connections(context.Background()) {
				if err == nil {
					go c.Close()
				}
			}
		}()
	}
	return timed(s.Depth, func(int) error { return visit(addr) }), nil
}

// visit connects to addr and waits for the end of the connection, of which nothing is left
// behind: it is reset.
func visit(addr string) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.(*net.TCPConn).SetLinger(0); err != nil {
		return err
	}
	if n, err := c.Read(make([]byte, 1)); err != goio.EOF {
		return fmt.Errorf("the server sent %d bytes, %w", n, err)
	}
	return nil
}
