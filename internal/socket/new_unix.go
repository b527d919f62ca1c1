//go:build unix

package socket

import (
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/netname"
)

// New makes a socket, close-on-exec and the caller's to close.
func New(family, typ, protocol int, nonblock bool) (int, error) {
	return newSocket(family, typ, protocol, nonblock)
}

// Close closes a socket that nobody waits on. What it could tell concerns data,
// of which there is none yet.
func Close(fd int) { _ = unix.Close(fd) }

// Bind gives fd a local address. family is fd's: an AF_INET6 socket takes IPv4
// addresses in their mapped form.
func Bind(fd, family int, a net.Addr) error {
	if u, ok := a.(*net.UnixAddr); ok {
		// Package unix refuses the longest abstract names.
		return os.NewSyscallError("bind", syscall.Bind(fd, &syscall.SockaddrUnix{Name: u.Name}))
	}
	sa, err := kernelAddr(family, a)
	if err != nil {
		return err
	}
	return os.NewSyscallError("bind", unix.Bind(fd, sa))
}

// Listen makes fd take connections; a backlog of zero is the system's maximum.
func Listen(fd, backlog int) error {
	if backlog <= 0 {
		backlog = maxBacklog()
	}
	return os.NewSyscallError("listen", unix.Listen(fd, backlog))
}

// kernelAddr is a for a socket of family.
func kernelAddr(family int, a net.Addr) (unix.Sockaddr, error) {
	switch a := a.(type) {
	case *net.TCPAddr:
		return kernelIP(family, a.IP, a.Port, a.Zone)
	case *net.UDPAddr:
		return kernelIP(family, a.IP, a.Port, a.Zone)
	}
	return nil, &net.AddrError{Err: "unexpected address type", Addr: a.String()}
}

func kernelIP(family int, ip net.IP, port int, zone string) (unix.Sockaddr, error) {
	ip, err := netname.InFamily(family, ip)
	if err != nil {
		return nil, err
	}
	if family == unix.AF_INET {
		return &unix.SockaddrInet4{Port: port, Addr: [4]byte(ip)}, nil
	}
	return &unix.SockaddrInet6{Port: port, Addr: [16]byte(ip), ZoneId: netname.ZoneNumber(zone)}, nil
}
