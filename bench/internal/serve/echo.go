package serve

import "net"

// bufferMin is the buffer of a connection, unless its messages are longer.
const bufferMin = 4096

// acceptAll gives each connection a goroutine.
func acceptAll(l net.Listener, serve func(net.Conn)) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go serve(c)
	}
}

// echo sends back what it gets until the peer is gone.
func echo(c net.Conn, size int) {
	defer c.Close()
	buf := make([]byte, max(size, bufferMin))
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
