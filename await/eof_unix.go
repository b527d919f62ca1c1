//go:build unix

package await

import "golang.org/x/sys/unix"

func isDatagram(fd int) bool {
	typ, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	return err == nil && typ != unix.SOCK_STREAM && typ != unix.SOCK_SEQPACKET
}
