//go:build unix

package socket

import (
	"net"
	"os"

	"golang.org/x/sys/unix"
)

func set(fd, level, option, value int) error {
	return os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, level, option, value))
}

func toInt(on bool) int {
	if on {
		return 1
	}
	return 0
}

// Get is an option's value.
func Get(fd, level, option int) (int, error) {
	n, err := unix.GetsockoptInt(fd, level, option)
	return n, os.NewSyscallError("getsockopt", err)
}

// SetNoDelay is TCP_NODELAY: segments go out at once, small ones too.
func SetNoDelay(fd int, on bool) error {
	return set(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, toInt(on))
}

// SetKeepAlive is SO_KEEPALIVE: idle connections are probed.
func SetKeepAlive(fd int, on bool) error {
	return set(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, toInt(on))
}

// SetKeepAliveConfig sets all there is about keep-alive, with the meanings of
// net.KeepAliveConfig.
func SetKeepAliveConfig(fd int, c net.KeepAliveConfig) error {
	if err := SetKeepAlive(fd, c.Enable); err != nil {
		return err
	}
	if err := SetKeepAliveIdle(fd, c.Idle); err != nil {
		return err
	}
	if err := SetKeepAliveInterval(fd, c.Interval); err != nil {
		return err
	}
	return SetKeepAliveCount(fd, c.Count)
}

// SetLinger is SO_LINGER: what becomes of unsent data at the close. Below zero
// the system sends it afterwards, at zero it is dropped, and above the close
// waits for it for that many seconds.
func SetLinger(fd, seconds int) error {
	var l unix.Linger
	if seconds >= 0 {
		l = unix.Linger{Onoff: 1, Linger: int32(seconds)}
	}
	return os.NewSyscallError("setsockopt", unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &l))
}

// Lingers reports whether a close waits for unsent data, or drops it.
func Lingers(fd int) bool {
	on, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_LINGER) // the first word of struct linger
	return err == nil && on != 0
}

// SetReadBuffer is SO_RCVBUF, in bytes.
func SetReadBuffer(fd, size int) error { return set(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, size) }

// SetWriteBuffer is SO_SNDBUF, in bytes.
func SetWriteBuffer(fd, size int) error { return set(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, size) }

// SetReuseAddr is SO_REUSEADDR: an address of which connections still linger may
// be bound.
func SetReuseAddr(fd int) error { return set(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1) }

// SetV6Only is IPV6_V6ONLY: whether an AF_INET6 socket has nothing to do with
// IPv4.
func SetV6Only(fd int, on bool) error {
	return set(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, toInt(on))
}

// SetBroadcast is SO_BROADCAST: datagrams may go to broadcast addresses.
func SetBroadcast(fd int) error { return set(fd, unix.SOL_SOCKET, unix.SO_BROADCAST, 1) }

// Type is SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET.
func Type(fd int) (int, error) { return Get(fd, unix.SOL_SOCKET, unix.SO_TYPE) }

// SetNonblock is O_NONBLOCK.
func SetNonblock(fd int, on bool) error {
	return os.NewSyscallError("setnonblock", unix.SetNonblock(fd, on))
}

// IsNonblock reports whether fd is in non-blocking mode.
func IsNonblock(fd int) bool {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	return err == nil && flags&unix.O_NONBLOCK != 0
}

// Listening reports whether fd listens.
func Listening(fd int) bool {
	n, err := Get(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	return err == nil && n != 0
}
