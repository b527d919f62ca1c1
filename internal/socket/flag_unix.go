//go:build unix

package socket

import "golang.org/x/sys/unix"

// The events of poll(2), and the flag of a receive or send that does not wait.
const (
	PollIn   = unix.POLLIN
	PollOut  = unix.POLLOUT
	DontWait = unix.MSG_DONTWAIT
)

// What Receive and Send answer instead of waiting, and where a signal came: they are to be
// tried again.
const (
	ErrWouldBlock  = unix.EAGAIN
	ErrInterrupted = unix.EINTR
)

// IsDatagram reports whether fd is a socket that is for datagrams.
func IsDatagram(fd int) bool {
	typ, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	return err == nil && typ != unix.SOCK_STREAM && typ != unix.SOCK_SEQPACKET
}
