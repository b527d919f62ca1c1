//go:build unix

package sim

import (
	"net"
	"net/netip"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/netname"
	"github.com/awaitio/awaitio/internal/sockaddr"
	sysocket "github.com/awaitio/awaitio/internal/socket"
	"github.com/awaitio/awaitio/internal/system"
)

// What a Boot is of a system.System here: its descriptors, sockets and names. The calls end
// at once, and with ErrCrashed where the boot has ended.
var (
	_ system.Descriptors = (*Boot)(nil)
	_ system.Sockets     = (*Boot)(nil)
	_ system.Names       = (*Boot)(nil)
)

// Simulated is true.
func (b *Boot) Simulated() bool { return true }

// on does a call on a descriptor.
func (b *Boot) on(fd int, do func(f *file) error) error {
	b.w.enter()
	defer b.w.leave()
	if b.state != bootRuns {
		return ErrCrashed
	}
	f := b.descriptors.get(fd)
	if f == nil {
		return syscall.EBADF
	}
	return do(f)
}

// onSock does a call on a socket. Its errno gets the call's name.
func (b *Boot) onSock(call string, fd int, do func(s *socket) syscall.Errno) error {
	err := b.on(fd, func(f *file) error {
		s, ok := f.resource.(*socket)
		if !ok {
			return syscall.ENOTSOCK
		}
		if errno := do(s); errno != 0 {
			return errno
		}
		return nil
	})
	if _, ok := err.(syscall.Errno); ok && call != "" {
		return os.NewSyscallError(call, err)
	}
	return err
}

// Close is close(2).
func (b *Boot) Close(fd int) error {
	return b.on(fd, func(*file) error {
		b.close(fd)
		return nil
	})
}

// Dup is a new descriptor of what fd is open on.
func (b *Boot) Dup(fd int) (twin int, err error) {
	twin = -1
	err = b.on(fd, func(f *file) error {
		if b.descriptors.full() {
			return syscall.EMFILE
		}
		twin = b.descriptors.add(f)
		return nil
	})
	return twin, err
}

// SetNonblock is O_NONBLOCK.
func (b *Boot) SetNonblock(fd int, on bool) error {
	return b.on(fd, func(f *file) error {
		f.nonblock = on
		return nil
	})
}

// IsNonblock reports whether O_NONBLOCK is set.
func (b *Boot) IsNonblock(fd int) (on bool) {
	err := b.on(fd, func(f *file) error {
		on = f.nonblock
		return nil
	})
	return err == nil && on
}

// Socket is socket(2), in non-blocking mode.
func (b *Boot) Socket(k netname.Kind) (int, error) {
	b.w.enter()
	defer b.w.leave()
	switch {
	case b.state != bootRuns:
		return -1, ErrCrashed
	case b.descriptors.full():
		return -1, os.NewSyscallError("socket", syscall.EMFILE)
	case k.Multipath:
		return -1, os.NewSyscallError("socket", syscall.EPROTONOSUPPORT)
	}
	s := b.makeSocket(k.Family, k.Type)
	s.options.v6Only = k.V6Only
	s.options.broadcast = k.IsDatagram() && !k.IsUnix()
	fd := b.install(s)
	b.descriptors.get(fd).nonblock = true
	return fd, nil
}

// Bind is bind(2).
func (b *Boot) Bind(fd, family int, a net.Addr) error {
	to, err := bindable(family, a)
	if err != nil {
		return err
	}
	defer b.waitResumed() // a path is a change of the disk
	return b.onSock("bind", fd, func(s *socket) syscall.Errno { return b.bind(s, to) })
}

// bindable is the endpoint of an address that a socket of a family is to be bound to.
func bindable(family int, a net.Addr) (endpoint, error) {
	if u, ok := a.(*net.UnixAddr); ok {
		if _, err := sockaddr.Append(nil, u); err != nil {
			return endpoint{}, os.NewSyscallError("bind", syscall.EINVAL)
		}
		return endpointOf(rawAddress(u)), nil
	}
	ip, port, ok := netname.IPPort(a)
	if !ok {
		return endpoint{}, &net.AddrError{Err: "unexpected address type", Addr: a.String()}
	}
	if port < 0 || port > 1<<16-1 {
		return endpoint{}, os.NewSyscallError("bind", syscall.EINVAL)
	}
	ip, err := netname.InFamily(family, ip)
	if err != nil {
		return endpoint{}, err
	}
	addr, _ := netip.AddrFromSlice(ip)
	return endpointAt(netip.AddrPortFrom(addr, uint16(port))), nil
}

// backlogMax is the system's maximum: net.core.somaxconn of Linux.
const backlogMax = 4096

// Listen is listen(2).
func (b *Boot) Listen(fd, backlog int) error {
	if backlog <= 0 {
		backlog = backlogMax
	}
	return b.onSock("listen", fd, func(s *socket) syscall.Errno { return b.listen(s, min(backlog, backlogMax)) })
}

// Getsockname is the local address.
func (b *Boot) Getsockname(fd int, network string) (a net.Addr, err error) {
	err = b.onSock("getsockname", fd, func(s *socket) syscall.Errno {
		a = s.local.address(network, s.family)
		return 0
	})
	return a, err
}

// Getpeername is the peer's address.
func (b *Boot) Getpeername(fd int, network string) (a net.Addr, err error) {
	err = b.onSock("getpeername", fd, func(s *socket) syscall.Errno {
		switch {
		case s.isDatagram() && !s.remote.none():
		case s.twin == nil, s.over():
			return syscall.ENOTCONN
		}
		a = s.remote.address(network, s.family)
		return 0
	})
	return a, err
}

// Shutdown is shutdown(2).
func (b *Boot) Shutdown(fd, how int) error {
	return b.onSock("shutdown", fd, func(s *socket) syscall.Errno { return b.w.shutdown(s, how) })
}

// SendNothing is what a write of no bytes answers.
func (b *Boot) SendNothing(fd int) error {
	return b.onSock("", fd, func(s *socket) syscall.Errno {
		switch {
		case s.pending != 0:
			errno := s.pending
			s.pending = 0
			return errno
		case s.isDatagram():
			return 0
		case s.twin == nil && s.listening && s.family == unix.AF_UNIX:
			return syscall.ENOTCONN
		case s.twin == nil || s.out.ending || s.out.orphan:
			return syscall.EPIPE
		}
		return 0
	})
}

// Family is AF_INET, AF_INET6 or AF_UNIX.
func (b *Boot) Family(fd int) (family int, err error) {
	err = b.onSock("getsockname", fd, func(s *socket) syscall.Errno {
		family = s.family
		return 0
	})
	return family, err
}

// SocketType is SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET.
func (b *Boot) SocketType(fd int) (kind int, err error) {
	err = b.onSock("getsockopt", fd, func(s *socket) syscall.Errno {
		kind = s.kind
		return 0
	})
	return kind, err
}

// asks is a question about a socket: false where there is none.
func (b *Boot) asks(fd int, what func(s *socket) bool) (yes bool) {
	err := b.onSock("", fd, func(s *socket) syscall.Errno {
		yes = what(s)
		return 0
	})
	return err == nil && yes
}

// Listening reports whether fd listens.
func (b *Boot) Listening(fd int) bool {
	return b.asks(fd, func(s *socket) bool { return s.listening })
}

// IsDatagram reports whether fd keeps the bounds of datagrams.
func (b *Boot) IsDatagram(fd int) bool { return b.asks(fd, (*socket).isDatagram) }

// Lingers reports whether SO_LINGER is on.
func (b *Boot) Lingers(fd int) bool {
	return b.asks(fd, func(s *socket) bool { return s.options.lingers })
}

// UsesMultipath is false: there is no Multipath TCP here.
func (b *Boot) UsesMultipath(int) bool { return false }

// MultipathAvailable is false.
func (b *Boot) MultipathAvailable() bool { return false }

// Stack is both versions of IP.
func (b *Boot) Stack() sysocket.Stack { return sysocket.Stack{V4: true, V6: true, Mapped: true} }
