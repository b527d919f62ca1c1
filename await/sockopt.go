package await

import (
	"net"
	"time"
)

// set sets an option of the socket. What it returns is of package net's form.
func (c *endpoint) set(option func(fd int) error) error {
	return c.notSet(c.d.Use(option))
}

// setOnConn is set for the options of a connection.
func (c *Conn) setOnConn(option func(fd int) error) error {
	return c.notSetOnConn(c.d.Use(option))
}

// SetNoDelay has small segments go out at once, as they do unless told otherwise
// here, or be collected (Nagle's algorithm). It is for tcp.
func (c *Conn) SetNoDelay(noDelay bool) error {
	return c.setOnConn(func(fd int) error { return c.d.System().SetNoDelay(fd, noDelay) })
}

// SetKeepAlive has an idle connection be probed, or not. It is for tcp.
func (c *Conn) SetKeepAlive(keepalive bool) error {
	return c.setOnConn(func(fd int) error { return c.d.System().SetKeepAlive(fd, keepalive) })
}

// SetKeepAlivePeriod is how long a connection is idle before it is probed: zero
// is 15 s, and a negative value leaves what is set. OpenBSD has no such option of
// a connection: the error is ENOPROTOOPT.
func (c *Conn) SetKeepAlivePeriod(d time.Duration) error {
	return c.setOnConn(func(fd int) error { return c.d.System().SetKeepAliveIdle(fd, d) })
}

// SetKeepAliveConfig sets all there is about keep-alive; see net.KeepAliveConfig.
// On OpenBSD all but Enable must be negative.
func (c *Conn) SetKeepAliveConfig(config net.KeepAliveConfig) error {
	return c.setOnConn(func(fd int) error { return c.d.System().SetKeepAliveConfig(fd, config) })
}

// SetLinger is what Close does about data not yet sent. Below zero, as from the
// start, the system sends it afterwards; at zero it is dropped and the peer gets
// a reset; above, Close waits for it for that many seconds, and on some systems
// drops the rest. Only the goroutine in Close waits.
func (c *Conn) SetLinger(seconds int) error {
	return c.setOnConn(func(fd int) error { return c.d.System().SetLinger(fd, seconds) })
}

// SetReadBuffer is the size of the system's receive buffer. The system may change
// it to what it has.
func (c *Conn) SetReadBuffer(bytes int) error { return c.setReadBuffer(bytes) }

// SetWriteBuffer is the size of the system's send buffer. The system may change
// it to what it has.
func (c *Conn) SetWriteBuffer(bytes int) error { return c.setWriteBuffer(bytes) }

// SetReadBuffer is the size of the system's receive buffer: datagrams for which
// it has no room are lost.
func (c *PacketConn) SetReadBuffer(bytes int) error { return c.setReadBuffer(bytes) }

// SetWriteBuffer is the size of the system's send buffer.
func (c *PacketConn) SetWriteBuffer(bytes int) error { return c.setWriteBuffer(bytes) }

func (c *endpoint) setReadBuffer(bytes int) error {
	return c.set(func(fd int) error { return c.d.System().SetReadBuffer(fd, bytes) })
}

func (c *endpoint) setWriteBuffer(bytes int) error {
	return c.set(func(fd int) error { return c.d.System().SetWriteBuffer(fd, bytes) })
}
