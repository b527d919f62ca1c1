//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package socket

import "golang.org/x/sys/unix"

// SetReusePort is SO_REUSEPORT: several sockets may be bound to one address. On
// Linux and DragonFly BSD they share what arrives; elsewhere the last one gets it.
func SetReusePort(fd int) error { return set(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1) }
