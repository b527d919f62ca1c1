//go:build unix && !linux

package socket

import (
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// setInterface4 is IP_MULTICAST_IF.
func setInterface4(fd int, ifi *net.Interface) error {
	address, err := addressOf(ifi)
	if err != nil {
		return err
	}
	return os.NewSyscallError("setsockopt", unix.SetsockoptInet4Addr(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, address))
}

// setLoopback4 is IP_MULTICAST_LOOP, which is a byte there.
func setLoopback4(fd int, on bool) error {
	return os.NewSyscallError("setsockopt", unix.SetsockoptByte(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, byte(toInt(on))))
}
