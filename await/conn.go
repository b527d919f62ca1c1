package await

import (
	"context"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/socket"
	"github.com/awaitio/awaitio/proactor"
)

// endpoint is what all sockets have in common.
type endpoint struct {
	d       *descriptor
	network string // as the caller wrote it: "tcp", "udp4", "unix"
	family  int    // AF_*
	local   net.Addr
	remote  net.Addr // nil where there is none
}

// newEndpoint takes over the socket fd.
func newEndpoint(io *IO, fd, family int, network string, local, remote net.Addr) endpoint {
	return endpoint{d: &descriptor{io: io, fd: fd}, network: network, family: family, local: local, remote: remote}
}

// A Conn is a connection: tcp, unix or unixpacket. It is a net.Conn; see there
// for what deadlines do. Its methods may be called from any goroutine.
//
// Reads and writes park the calling goroutine, not a thread. A buffer belongs to
// the kernel until the call returns, whatever the outcome. Errors are
// *net.OpError as those of package net.
type Conn struct {
	endpoint
	writing chan struct{}     // holds one token while a write is under way
	gather  *proactor.Message // of the write that has the token
}

// newConn takes over the connected socket fd.
func newConn(io *IO, fd, family int, network string, local, remote net.Addr) *Conn {
	c := &Conn{endpoint: newEndpoint(io, fd, family, network, local, remote), writing: make(chan struct{}, 1)}
	runtime.AddCleanup(c, forget, c.d)
	return c
}

// forget closes what its owner has forgotten to close.
func forget(d *descriptor) { go func() { _ = d.close() }() }

// LocalAddr is the local address.
func (c *endpoint) LocalAddr() net.Addr { return c.local }

// RemoteAddr is the peer's address.
func (c *endpoint) RemoteAddr() net.Addr { return c.remote }

// SetDeadline sets both deadlines.
func (c *endpoint) SetDeadline(t time.Time) error { return c.failed("set", c.d.setDeadlines(t)) }

// SetReadDeadline sets the instant at which reads fail with an error that is
// os.ErrDeadlineExceeded: those that are blocked now and those to come. The zero
// Time is none. It may be moved at any time.
func (c *endpoint) SetReadDeadline(t time.Time) error {
	return c.failed("set", c.d.setDeadline(reading, t))
}

// SetWriteDeadline is SetReadDeadline for writes. A write that is stopped tells
// how much of it went out.
func (c *endpoint) SetWriteDeadline(t time.Time) error {
	return c.failed("set", c.d.setDeadline(writing, t))
}

// Close closes the socket. Calls that are blocked on it end with an error that is
// net.ErrClosed, and Close waits for them.
func (c *endpoint) Close() error { return c.failed("close", c.d.close()) }

// failed is err as package net tells it.
func (c *endpoint) failed(op string, err error) error {
	if err == nil {
		return nil
	}
	e := &net.OpError{Op: op, Net: c.network, Source: c.local, Addr: c.remote, Err: netCause(op, err)}
	if c.remote == nil {
		e.Source, e.Addr = nil, c.local // as net does for what has no peer
	}
	return e
}

// netCause is the cause of a failure as package net has it: errnos with the name
// of the system call, net.ErrClosed itself.
func netCause(call string, err error) error {
	if errno, ok := err.(syscall.Errno); ok {
		return os.NewSyscallError(call, errno)
	}
	if err == errDescriptorClosed {
		return net.ErrClosed
	}
	return err
}

// Read reads what has arrived, up to len(p) bytes, and waits for something to
// arrive. At the end of the stream the error is io.EOF.
func (c *Conn) Read(p []byte) (int, error) { return c.ReadContext(context.Background(), p) }

// ReadContext is Read that ctx can end, with context.Cause. What arrived before
// it took effect is returned, with a nil error.
func (c *Conn) ReadContext(ctx context.Context, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, c.failed("read", c.d.check(reading))
	}
	n, err := c.d.call(ctx, reading, func(w *waiter) error {
		return w.p.Recv(&w.c, c.d.fd, p, 0, deliver)
	})
	if n == 0 && err == nil {
		return 0, io.EOF
	}
	return n, c.failed("read", err)
}

// Write writes all of p: the count is short of len(p) only with an error.
// Concurrent writes do not mix their bytes.
func (c *Conn) Write(p []byte) (int, error) { return c.WriteContext(context.Background(), p) }

// WriteContext is Write that ctx can end, with context.Cause.
func (c *Conn) WriteContext(ctx context.Context, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, c.failed("write", c.d.check(writing))
	}
	if err := c.lockWrites(ctx); err != nil {
		return 0, c.failed("write", err)
	}
	defer c.unlockWrites()
	n, err := c.d.call(ctx, writing, func(w *waiter) error {
		return w.p.Send(&w.c, c.d.fd, p, 0, deliver)
	})
	return n, c.failed("write", err)
}

// lockWrites waits for the write that is under way.
func (c *Conn) lockWrites(ctx context.Context) error {
	select {
	case c.writing <- struct{}{}:
		return nil
	default:
	}
	if ctx == nil {
		return errNilContext
	}
	select {
	case c.writing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return endOf(ctx)
	}
}

func (c *Conn) unlockWrites() { <-c.writing }

// CloseRead shuts down the reading side: reads get io.EOF from now on. Most
// callers should use Close.
func (c *Conn) CloseRead() error { return c.shutdown(syscall.SHUT_RD) }

// CloseWrite shuts down the writing side: the peer reads to the end, then gets
// io.EOF, while reads here go on.
func (c *Conn) CloseWrite() error { return c.shutdown(syscall.SHUT_WR) }

func (c *Conn) shutdown(how int) error {
	err := c.d.use(func(fd int) error { return socket.Shutdown(fd, how) })
	return c.failed("close", err)
}
