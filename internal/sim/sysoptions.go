//go:build unix

package sim

import (
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// set sets options of a socket.
func (b *Boot) set(fd int, do func(s *socket, o *options)) error {
	return b.onSock("setsockopt", fd, func(s *socket) syscall.Errno {
		do(s, &s.options)
		return 0
	})
}

// setTCP sets options that TCP sockets have alone.
func (b *Boot) setTCP(fd int, do func(s *socket, o *options)) error {
	return b.onSock("setsockopt", fd, func(s *socket) syscall.Errno {
		if s.family == unix.AF_UNIX || s.isDatagram() {
			return syscall.EOPNOTSUPP
		}
		do(s, &s.options)
		return 0
	})
}

// What a zero in net.KeepAliveConfig stands for.
const (
	goKeepIdle     = 15 * time.Second
	goKeepInterval = 15 * time.Second
	goKeepCount    = 9
)

// SetConnOptions are the options that package net gives every connection.
func (b *Boot) SetConnOptions(fd int, idle time.Duration, config net.KeepAliveConfig) error {
	if err := b.SetNoDelay(fd, true); err != nil {
		return err
	}
	if !config.Enable && idle >= 0 {
		config = net.KeepAliveConfig{Enable: true, Idle: idle}
	}
	if !config.Enable {
		return nil
	}
	return b.SetKeepAliveConfig(fd, config)
}

// SetNoDelay is TCP_NODELAY, which changes nothing here: what is sent is sent at once.
func (b *Boot) SetNoDelay(fd int, on bool) error {
	return b.setTCP(fd, func(_ *socket, o *options) { o.noDelay = on })
}

// SetKeepAlive is SO_KEEPALIVE.
func (b *Boot) SetKeepAlive(fd int, on bool) error {
	return b.set(fd, func(s *socket, o *options) {
		o.keepAlive = on
		b.w.doubt(s)
	})
}

// SetKeepAliveIdle is TCP_KEEPIDLE, in whole seconds; below zero it stays as it is.
func (b *Boot) SetKeepAliveIdle(fd int, d time.Duration) error {
	return b.setTCP(fd, func(s *socket, o *options) {
		o.idle = keepFor(d, goKeepIdle, o.idle)
		b.w.doubt(s)
	})
}

// SetKeepAliveConfig sets all there is about keep-alive.
func (b *Boot) SetKeepAliveConfig(fd int, c net.KeepAliveConfig) error {
	return b.setTCP(fd, func(s *socket, o *options) {
		o.keepAlive = c.Enable
		o.idle = keepFor(c.Idle, goKeepIdle, o.idle)
		o.interval = keepFor(c.Interval, goKeepInterval, o.interval)
		switch {
		case c.Count == 0:
			o.count = goKeepCount
		case c.Count > 0:
			o.count = c.Count
		}
		b.w.doubt(s)
	})
}

// keepFor is a time of keep-alive: as it was below zero, and of a default for zero.
func keepFor(d, otherwise, was time.Duration) time.Duration {
	switch {
	case d < 0:
		return was
	case d == 0:
		return otherwise
	}
	return (d + time.Second - 1).Truncate(time.Second)
}

// SetLinger is SO_LINGER. A close does not wait here; one with no time resets.
func (b *Boot) SetLinger(fd, seconds int) error {
	return b.set(fd, func(_ *socket, o *options) { o.lingers, o.linger = seconds >= 0, max(0, seconds) })
}

// SetReadBuffer is SO_RCVBUF.
func (b *Boot) SetReadBuffer(fd, bytes int) error {
	return b.set(fd, func(s *socket, o *options) {
		o.receiveBuffer = max(bytes, bufferMin)
		s.resize()
	})
}

// SetWriteBuffer is SO_SNDBUF.
func (b *Boot) SetWriteBuffer(fd, bytes int) error {
	return b.set(fd, func(s *socket, o *options) {
		o.sendBuffer = max(bytes, bufferMin)
		s.resize()
	})
}

// bufferMin is the smallest buffer: SOCK_MIN_RCVBUF of Linux, about.
const bufferMin = 2048

// SetReuseAddr is SO_REUSEADDR.
func (b *Boot) SetReuseAddr(fd int) error {
	return b.set(fd, func(_ *socket, o *options) { o.reuseAddr = true })
}

// SetReusePort is SO_REUSEPORT.
func (b *Boot) SetReusePort(fd int) error {
	return b.set(fd, func(_ *socket, o *options) { o.reusePort = true })
}

// ReceiveGroup has fd receive what others send to a multicast group.
func (b *Boot) ReceiveGroup(fd int, _ *net.Interface, group net.IP) error {
	ip, ok := netip.AddrFromSlice(group)
	if !ok || !ip.IsMulticast() {
		return os.NewSyscallError("setsockopt", syscall.EINVAL)
	}
	return b.onSock("setsockopt", fd, func(s *socket) syscall.Errno {
		if s.family == unix.AF_UNIX || !s.isDatagram() {
			return syscall.EOPNOTSUPP
		}
		b.joinGroup(s, ip.Unmap())
		return 0
	})
}
