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

// SetNoDelay turns Nagle's algorithm off (true, the default) or on (false). When it is off, small
// segments are sent at once. It is for tcp.
func (c *Conn) SetNoDelay(noDelay bool) error {
	return c.setOnConn(func(fd int) error { return c.d.System().SetNoDelay(fd, noDelay) })
}

// SetKeepAlive turns keep-alive probes of an idle tcp connection on or off.
func (c *Conn) SetKeepAlive(keepalive bool) error {
	return c.setOnConn(func(fd int) error { return c.d.System().SetKeepAlive(fd, keepalive) })
}

// SetKeepAlivePeriod sets how long a connection is idle before it is probed. Zero means 15 s, and
// a negative value changes nothing. OpenBSD has no such option for a connection: the error is
// ENOPROTOOPT.
func (c *Conn) SetKeepAlivePeriod(d time.Duration) error {
	return c.setOnConn(func(fd int) error { return c.d.System().SetKeepAliveIdle(fd, d) })
}

// SetKeepAliveConfig sets all keep-alive options; see net.KeepAliveConfig. On OpenBSD all fields
// but Enable must be negative.
func (c *Conn) SetKeepAliveConfig(config net.KeepAliveConfig) error {
	return c.setOnConn(func(fd int) error { return c.d.System().SetKeepAliveConfig(fd, config) })
}

// SetLinger sets what Close does with data that is not yet sent. If seconds is negative, the
// default, the system sends it in the background. If it is zero, the data is dropped and the peer
// gets a reset. If it is positive, Close waits up to that many seconds for the data to be sent,
// and on some systems drops the rest. Only the goroutine in Close waits.
func (c *Conn) SetLinger(seconds int) error {
	return c.setOnConn(func(fd int) error { return c.d.System().SetLinger(fd, seconds) })
}

// SetReadBuffer sets the size of the system's receive buffer, in bytes (SO_RCVBUF). The system
// may take another size: Linux doubles it, up to a limit.
func (c *Conn) SetReadBuffer(bytes int) error { return c.setReadBuffer(bytes) }

// SetWriteBuffer sets the size of the system's send buffer, in bytes (SO_SNDBUF). The system may
// take another size: Linux doubles it, up to a limit.
func (c *Conn) SetWriteBuffer(bytes int) error { return c.setWriteBuffer(bytes) }

// SetReadBuffer sets the size of the system's receive buffer, in bytes (SO_RCVBUF). Datagrams of
// udp for which it has no room are lost. The system may take another size: Linux doubles it, up to
// a limit.
func (c *PacketConn) SetReadBuffer(bytes int) error { return c.setReadBuffer(bytes) }

// SetWriteBuffer sets the size of the system's send buffer, in bytes (SO_SNDBUF). The system may
// take another size: Linux doubles it, up to a limit.
func (c *PacketConn) SetWriteBuffer(bytes int) error { return c.setWriteBuffer(bytes) }

func (c *endpoint) setReadBuffer(bytes int) error {
	return c.set(func(fd int) error { return c.d.System().SetReadBuffer(fd, bytes) })
}

func (c *endpoint) setWriteBuffer(bytes int) error {
	return c.set(func(fd int) error { return c.d.System().SetWriteBuffer(fd, bytes) })
}
