package system

import (
	"net"
	"time"

	"github.com/awaitio/awaitio/internal/netname"
	"github.com/awaitio/awaitio/internal/socket"
)

// A System has the descriptors, the file tree and the names that an IO works with.
// Methods may be called from any goroutine. Errors are plain errnos (syscall.Errno) unless a
// group of methods says otherwise; what a system lacks is errors.ErrUnsupported.
//
// Methods of a simulated system complete at once, in no simulated time. What takes time is
// an operation of the backend: connects, transfers, opens, syncs.
type System interface {
	Descriptors
	Sockets
	Files
	Tree
	Names

	// Simulated reports whether the descriptors are none of the kernel's. Then no call may be
	// made on their numbers past the System and its backend.
	Simulated() bool
}

// Descriptors are the calls that any descriptor takes.
type Descriptors interface {
	// Close closes fd, past any backend: close(2). It is for a descriptor that no operation
	// is under way on. EINTR is no error, since the descriptor is closed.
	Close(fd int) error

	// Dup is a new descriptor of what fd is open on, close-on-exec: F_DUPFD_CLOEXEC.
	Dup(fd int) (int, error)

	// SetNonblock sets or clears O_NONBLOCK.
	SetNonblock(fd int, on bool) error

	// IsNonblock reports whether O_NONBLOCK is set; false where that cannot be told.
	IsNonblock(fd int) bool
}

// Sockets are the calls on sockets that no backend makes. Addresses are those of package
// net: *net.TCPAddr, *net.UDPAddr and *net.UnixAddr.
type Sockets interface {
	// Socket makes a socket of kind k with the options that package net gives one before it is
	// bound, in non-blocking mode and close-on-exec: socket(2).
	Socket(k netname.Kind) (fd int, err error)

	// Bind gives fd, of an AF_* family, the address a: bind(2). An IPv4 address suits a socket
	// of AF_INET6; a unix socket with the empty name gets an abstract one where the system has
	// those. The error is an *os.SyscallError.
	Bind(fd, family int, a net.Addr) error

	// Listen has fd take connections: listen(2). A backlog of zero, or less, is the system's
	// maximum. The error is an *os.SyscallError.
	Listen(fd, backlog int) error

	// Getsockname is the local address, of network's type: getsockname(2). The error is an
	// *os.SyscallError.
	Getsockname(fd int, network string) (net.Addr, error)

	// Getpeername is the peer's address, of network's type: getpeername(2). The error is an
	// *os.SyscallError, ENOTCONN where there is no peer or it has left.
	Getpeername(fd int, network string) (net.Addr, error)

	// Shutdown ends one direction (SHUT_RD, SHUT_WR) or both: shutdown(2).
	Shutdown(fd, how int) error

	// SendNothing is what a write of no bytes answers, which tells whether the connection can be
	// written to.
	SendNothing(fd int) error

	Family(fd int) (int, error)     // AF_*
	SocketType(fd int) (int, error) // SOCK_*
	Listening(fd int) bool          // whether Listen was called
	IsDatagram(fd int) bool         // whether fd is a socket that keeps the bounds of what is sent
	UsesMultipath(fd int) bool      // whether fd is a Multipath TCP connection that did not fall back
	Lingers(fd int) bool            // whether its close waits for SO_LINGER

	SocketOptions

	// Stack is what the system's IP stack can do. It does not change.
	Stack() socket.Stack

	// MultipathAvailable reports whether Multipath TCP sockets can be made.
	MultipathAvailable() bool
}

// SocketOptions are the options that programs and package net set: setsockopt(2). A simulated
// system may accept an option, and do nothing else.
type SocketOptions interface {
	// SetConnOptions gives a connection the options that package net gives it: TCP_NODELAY,
	// and probes after idle time or as config says. See socket.SetConnOptions.
	SetConnOptions(fd int, idle time.Duration, config net.KeepAliveConfig) error

	SetNoDelay(fd int, on bool) error
	SetKeepAlive(fd int, on bool) error
	SetKeepAliveIdle(fd int, d time.Duration) error
	SetKeepAliveConfig(fd int, c net.KeepAliveConfig) error
	SetLinger(fd, seconds int) error // as net.TCPConn.SetLinger
	SetReadBuffer(fd, bytes int) error
	SetWriteBuffer(fd, bytes int) error
	SetReuseAddr(fd int) error
	SetReusePort(fd int) error

	// ReceiveGroup has fd receive what is sent to a multicast group on an interface, or, where
	// that is nil, on the system's choice, and not what it sends itself. The error is an
	// *os.SyscallError.
	ReceiveGroup(fd int, ifi *net.Interface, group net.IP) error
}

// Names are the names of hosts and services.
type Names interface {
	// Resolver is what looks names up: r or, where that is nil, the system's own. A simulated
	// system has its own names, and never calls r, whose channels and sockets are the
	// process's.
	Resolver(r *net.Resolver) netname.Resolver
}
