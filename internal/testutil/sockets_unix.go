//go:build unix

package testutil

import (
	"net"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// The descriptors below are blocking, closed on exec, and owned by t.

// SocketPair returns two connected AF_UNIX stream sockets.
func SocketPair(t testing.TB) (a, b int) {
	t.Helper()
	return openPair(t, "socketpair", func() (p [2]int, err error) {
		return unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	})
}

// TCPPair returns two ends of a TCP connection over loopback: a connected, b
// was accepted.
func TCPPair(t testing.TB) (a, b int) {
	t.Helper()
	listener, addr := Listener(t)
	defer Close(t, listener)
	a = socket(t, unix.SOCK_STREAM)
	connect(t, a, sockaddr(addr.Port))
	b = openOne(t, "accept", func() (int, error) {
		fd, _, err := unix.Accept(listener) // the connection is in the backlog
		return fd, err
	})
	return a, b
}

// UDPPair returns two UDP sockets over loopback, each connected to the other.
func UDPPair(t testing.TB) (a, b int) {
	t.Helper()
	a, b = socket(t, unix.SOCK_DGRAM), socket(t, unix.SOCK_DGRAM)
	bind(t, a)
	bind(t, b)
	connect(t, a, sockaddr(boundPort(t, b)))
	connect(t, b, sockaddr(boundPort(t, a)))
	return a, b
}

// Listener returns a TCP socket that listens on a free port of 127.0.0.1.
func Listener(t testing.TB) (fd int, addr *net.TCPAddr) {
	t.Helper()
	fd = socket(t, unix.SOCK_STREAM)
	bind(t, fd)
	if err := unix.Listen(fd, unix.SOMAXCONN); err != nil {
		t.Fatalf("listen: %v", err)
	}
	return fd, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: boundPort(t, fd)}
}

func socket(t testing.TB, kind int) int {
	t.Helper()
	return openOne(t, "socket", func() (int, error) {
		return unix.Socket(unix.AF_INET, kind, 0)
	})
}

func bind(t testing.TB, fd int) {
	t.Helper()
	if err := unix.Bind(fd, sockaddr(0)); err != nil {
		t.Fatalf("bind: %v", err)
	}
}

func connect(t testing.TB, fd int, to unix.Sockaddr) {
	t.Helper()
	if err := unix.Connect(fd, to); err != nil {
		t.Fatalf("connect: %v", err)
	}
}

func boundPort(t testing.TB, fd int) int {
	t.Helper()
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatalf("getsockname: %v", err)
	}
	in4, ok := name.(*unix.SockaddrInet4)
	if !ok {
		t.Fatalf("getsockname: got a %T, want IPv4", name)
	}
	return in4.Port
}

func sockaddr(port int) unix.Sockaddr {
	return &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}
}

// openPair owns two descriptors. Not every Unix can make them close on exec in
// one step; the lock keeps a fork from coming between the two.
func openPair(t testing.TB, what string, open func() ([2]int, error)) (int, int) {
	t.Helper()
	syscall.ForkLock.RLock()
	p, err := open()
	if err == nil {
		unix.CloseOnExec(p[0])
		unix.CloseOnExec(p[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	Own(t, p[0])
	Own(t, p[1])
	return p[0], p[1]
}

// openOne is openPair for one descriptor.
func openOne(t testing.TB, what string, open func() (int, error)) int {
	t.Helper()
	syscall.ForkLock.RLock()
	fd, err := open()
	if err == nil {
		unix.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	Own(t, fd)
	return fd
}
