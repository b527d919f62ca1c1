package await

import (
	"net"
	"os"
	"runtime"
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sockaddr"
)

// An endpoint is what all sockets have in common.
type endpoint struct {
	d       *fdcall.Descriptor
	network string // as the caller wrote it: "tcp", "udp4", "unix"
	family  int    // AF_*
	local   net.Addr
	remote  net.Addr // nil where there is none
}

// newEndpoint takes over the socket fd.
func newEndpoint(loops *fdcall.Loops, fd, family int, network string, local, remote net.Addr) endpoint {
	d := &fdcall.Descriptor{Loop: loops.Of(fd), FD: fd, Kind: fdcall.Socket}
	d.SetAddrs(network, local, remote)
	return endpoint{d: d, network: network, family: family, local: local, remote: remote}
}

// SetLabel gives the socket a name, which lists of operations, traces and dumps show beside its
// addresses. Any goroutine may call it at any time.
func (c *endpoint) SetLabel(label string) {
	if c.d != nil {
		c.d.SetLabel(label)
	}
}

// failed is err as package net tells it.
func (c *endpoint) failed(op string, err error) error {
	return c.failedWith(op, op, c.remote, err)
}

// failedWith is failed where the system call has another name than op, or not the peer but
// addr is concerned.
func (c *endpoint) failedWith(op, call string, addr net.Addr, err error) error {
	return c.opError(op, call, c.local, addr, err)
}

// failedLocal is failed where no peer is concerned.
func (c *endpoint) failedLocal(op, call string, err error) error {
	return c.opError(op, call, nil, c.local, err)
}

func (c *endpoint) opError(op, call string, source, addr net.Addr, err error) error {
	switch err {
	case nil:
		return nil
	case fdcall.ErrNoDescriptor:
		return syscall.EINVAL
	}
	return &net.OpError{Op: op, Net: c.network, Source: source, Addr: addr, Err: netCause(call, err)}
}

// netCause is the cause of a failure as package net has it: errnos with the name
// of the system call if there was one, net.ErrClosed itself.
func netCause(call string, err error) error {
	if bad, ok := err.(refusedArgument); ok {
		return syscall.Errno(bad)
	}
	if errno, ok := err.(syscall.Errno); ok {
		return os.NewSyscallError(call, errno)
	}
	if err == fdcall.ErrDescriptorClosed {
		return net.ErrClosed
	}
	return err
}

// nameable is what a send says of an address that has no form for the kernel.
func (c *endpoint) nameable(name *net.UnixAddr) error {
	if _, err := sockaddr.Append(nil, name); err != nil {
		return c.unnameable()
	}
	return nil
}

// unnameable is the answer of the system call, unless something ends it before.
func (c *endpoint) unnameable() error {
	if err := c.d.Check(fdcall.Writing); err != nil {
		return err
	}
	return syscall.EINVAL
}

// A refusedArgument is an errno that no system call told.
type refusedArgument syscall.Errno

func (e refusedArgument) Error() string { return syscall.Errno(e).Error() }

// notSet is err of setting something of the socket.
func (c *endpoint) notSet(err error) error { return c.failedLocal("set", "setsockopt", err) }

// notSetOnConn is err of setting something of a connection: package net names both ends.
func (c *endpoint) notSetOnConn(err error) error {
	return c.failedWith("set", "setsockopt", c.remote, err)
}

// A connection is an endpoint that transfers something.
type connection struct{ endpoint }

// LocalAddr returns the local address.
func (c *connection) LocalAddr() net.Addr { return c.local }

// RemoteAddr returns the peer's address. It is nil for a socket without a peer.
func (c *connection) RemoteAddr() net.Addr { return c.remote }

// SetDeadline sets the read deadline and the write deadline.
func (c *connection) SetDeadline(t time.Time) error { return c.notSet(c.d.SetDeadlines(t)) }

// SetReadDeadline sets the instant at which reads fail with an error that is
// os.ErrDeadlineExceeded: reads that are blocked now, and later ones. The zero Time means no
// deadline. It may be moved at any time, also after it has passed.
func (c *connection) SetReadDeadline(t time.Time) error {
	return c.notSet(c.d.SetDeadline(fdcall.Reading, t))
}

// SetWriteDeadline is SetReadDeadline for writes. A write to a stream that is stopped returns how
// many bytes the system has taken.
func (c *connection) SetWriteDeadline(t time.Time) error {
	return c.notSet(c.d.SetDeadline(fdcall.Writing, t))
}

// Close closes the socket. Calls that are blocked on it end with an error that is
// net.ErrClosed, and Close waits for them.
func (c *connection) Close() error { return c.failed("close", c.d.Close()) }

func (c *connection) shutdown(how int) error {
	err := c.d.Use(func(fd int) error { return c.d.System().Shutdown(fd, how) })
	return c.failed("close", err)
}

// cleanUp has d closed when its owner has been forgotten. Cleanups run outside of every
// testing/synctest bubble, where a simulated descriptor may be no use of: that is its host's to
// close.
func cleanUp[T any](owner *T, d *fdcall.Descriptor) {
	if !d.Loop.Loops.Simulated {
		runtime.AddCleanup(owner, forget, d)
	}
}

// forget closes what its owner has forgotten to close. Most have not, and cost no
// goroutine.
func forget(d *fdcall.Descriptor) {
	if !d.Closed() {
		go func() { _ = d.Close() }()
	}
}
