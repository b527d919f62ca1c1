//go:build unix

package tcp

import (
	"fmt"
	"log"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// Listen returns a socket that listens on addr, and says so in the log.
func Listen(addr *net.TCPAddr) (int, error) {
	fd, err := Socket(addr)
	if err != nil {
		return -1, err
	}
	if err := listen(fd, addr); err != nil {
		_ = unix.Close(fd)
		return -1, fmt.Errorf("listen on %v: %w", addr, err)
	}
	log.Printf("listening on %v", bound(fd, addr))
	return fd, nil
}

// bound is where fd listens: for port 0 the system has chosen one.
func bound(fd int, addr *net.TCPAddr) *net.TCPAddr {
	at := *addr
	switch name, _ := unix.Getsockname(fd); name := name.(type) {
	case *unix.SockaddrInet4:
		at.Port = name.Port
	case *unix.SockaddrInet6:
		at.Port = name.Port
	}
	return &at
}

func listen(fd int, addr *net.TCPAddr) error {
	name, err := sockaddr(addr)
	if err != nil {
		return err
	}
	// The connections of a server that has just ended do not keep a new one
	// from the port.
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return err
	}
	if err := unix.Bind(fd, name); err != nil {
		return err
	}
	return unix.Listen(fd, unix.SOMAXCONN)
}

// Socket returns a socket that can be connected to addr. It is close-on-exec,
// and non-blocking: a proactor that has to try before it can wait must not get
// stuck in the attempt.
func Socket(addr *net.TCPAddr) (int, error) {
	fd, err := socket(family(addr))
	if err != nil {
		return -1, fmt.Errorf("socket for %v: %w", addr, err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return -1, fmt.Errorf("socket for %v: %w", addr, err)
	}
	return fd, nil
}

// socket makes its descriptor close-on-exec in a second step, as not every Unix
// can do it in one; the lock keeps a fork from coming between.
func socket(family int) (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := unix.Socket(family, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	return fd, err
}

func family(addr *net.TCPAddr) int {
	if len(addr.IP) == 0 || addr.IP.To4() != nil {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

func sockaddr(addr *net.TCPAddr) (unix.Sockaddr, error) {
	if family(addr) == unix.AF_INET {
		name := &unix.SockaddrInet4{Port: addr.Port}
		copy(name.Addr[:], addr.IP.To4())
		return name, nil
	}
	name := &unix.SockaddrInet6{Port: addr.Port}
	copy(name.Addr[:], addr.IP)
	if addr.Zone != "" {
		link, err := net.InterfaceByName(addr.Zone)
		if err != nil {
			return nil, err
		}
		name.ZoneId = uint32(link.Index)
	}
	return name, nil
}
