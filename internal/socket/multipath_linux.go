package socket

import (
	"sync"

	"golang.org/x/sys/unix"
)

// ProtocolMultipath is the protocol of a Multipath TCP socket.
const ProtocolMultipath = unix.IPPROTO_MPTCP

// mptcpInfo is MPTCP_INFO of linux/mptcp.h: an option of level SOL_MPTCP.
const mptcpInfo = 1

// multipath is what the kernel has of Multipath TCP.
var multipath = sync.OnceValue(probeMultipath)

type multipathSupport struct {
	available bool
	info      bool // MPTCP_INFO tells of a connection that went on without: since 5.16
}

// probeMultipath makes a socket. Errors but those of a kernel without the protocol
// may pass, as of a setting that is changed later.
func probeMultipath() (m multipathSupport) {
	family := unix.AF_INET
	if !ProbeStack().V4 {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, ProtocolMultipath)
	if err != nil {
		m.available = err != unix.EPROTONOSUPPORT && err != unix.EINVAL
		m.info = m.available
		return m
	}
	defer Close(fd)
	_, err = Get(fd, unix.SOL_MPTCP, mptcpInfo)
	return multipathSupport{available: true, info: err == nil}
}

// MultipathAvailable reports whether the system may have Multipath TCP.
func MultipathAvailable() bool { return multipath().available }

// UsesMultipath reports whether the connection fd uses Multipath TCP.
func UsesMultipath(fd int) bool {
	if protocol, err := Get(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL); err != nil || protocol != ProtocolMultipath {
		return false
	}
	if !multipath().info {
		return true
	}
	_, err := Get(fd, unix.SOL_MPTCP, mptcpInfo)
	return err == nil
}
