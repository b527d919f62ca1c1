//go:build unix

package socket

import (
	"net"
	"runtime"
	"sync"
	"syscall"
)

// ProbeStack tries what the system has, once.
var ProbeStack = sync.OnceValue(func() Stack {
	return Stack{
		V4:     canBind(syscall.AF_INET, net.IPv4(127, 0, 0, 1), true),
		V6:     canBind(syscall.AF_INET6, net.IPv6loopback, true),
		Mapped: mayMap && canBind(syscall.AF_INET6, net.IPv4(127, 0, 0, 1), false),
	}
})

// mayMap is false where IPV6_V6ONLY cannot be turned off.
const mayMap = runtime.GOOS != "openbsd" && runtime.GOOS != "dragonfly"

// canBind tries an address, which no network but the system's own is needed for.
func canBind(family int, ip net.IP, v6only bool) bool {
	fd, err := New(family, syscall.SOCK_STREAM, 0, false)
	if err != nil {
		return false
	}
	defer Close(fd)
	if family == syscall.AF_INET6 {
		_ = SetV6Only(fd, v6only) // where it cannot be set the bind tells
	}
	return Bind(fd, family, &net.TCPAddr{IP: ip}) == nil
}
