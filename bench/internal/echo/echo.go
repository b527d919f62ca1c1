// Package echo is a server on any net.Listener, with a goroutine for each connection.
package echo

import "net"

// BufferMin is the buffer of a connection, unless its messages are longer.
const BufferMin = 4096

// Serve sends back what comes on each connection of l, by up to size bytes or
// BufferMin, until l is closed.
func Serve(l net.Listener, size int) {
	Accept(l, func(c net.Conn) { Conn(c, size) })
}

// Accept gives each connection a goroutine, until l is closed.
func Accept(l net.Listener, serve func(net.Conn)) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go serve(c)
	}
}

// Conn sends back what it gets until the peer is gone.
func Conn(c net.Conn, size int) {
	defer c.Close()
	buf := make([]byte, max(size, BufferMin))
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		if _, err := c.Write(buf[:n]); err != nil {
			return
		}
	}
}
