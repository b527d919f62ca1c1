package socket

import (
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// setInterface4 is IP_MULTICAST_IF.
func setInterface4(fd int, ifi *net.Interface) error {
	membership := &unix.IPMreqn{Ifindex: int32(ifi.Index)}
	return os.NewSyscallError("setsockopt", unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, membership))
}

// setLoopback4 is IP_MULTICAST_LOOP.
func setLoopback4(fd int, on bool) error {
	return set(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, toInt(on))
}
