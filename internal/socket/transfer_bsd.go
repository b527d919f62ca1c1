//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package socket

import "golang.org/x/sys/unix"

// Receive is recv(2).
func Receive(fd int, p []byte, flags int) (int, error) {
	n, _, err := unix.Recvfrom(fd, p, flags)
	return max(n, 0), err
}

// Send is send(2).
func Send(fd int, p []byte, flags int) (int, error) {
	n, err := unix.SendmsgN(fd, p, nil, nil, flags)
	return max(n, 0), err
}

// IsTCP reports whether fd is a TCP socket. No other has this option: macOS does not tell a
// socket's protocol.
func IsTCP(fd int) bool {
	_, err := unix.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY)
	return err == nil
}
