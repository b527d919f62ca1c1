package await

import (
	"net"
	"sync"
	"syscall"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/socket"
)

// A rawConn is the number behind a socket, for system calls of the user's own.
type rawConn struct {
	*endpoint
	mode sync.Once
}

// SyscallConn returns a syscall.RawConn. Its Control is for options. Its Read and Write are for
// your own transfers, and wait until the socket is ready, its deadline passes or it is closed.
// The first call of Read or Write puts the socket into non-blocking mode. Errors are
// *net.OpError. Close waits for functions that run, so they must not call Close.
func (c *Conn) SyscallConn() (syscall.RawConn, error) { return c.raw() }

// SyscallConn is like Conn.SyscallConn.
func (c *PacketConn) SyscallConn() (syscall.RawConn, error) { return c.raw() }

// SyscallConn returns a syscall.RawConn that supports only Control: Read and Write fail with
// EINVAL.
func (l *Listener) SyscallConn() (syscall.RawConn, error) {
	if l == nil {
		return nil, syscall.EINVAL
	}
	raw, err := l.raw()
	if err != nil {
		return nil, err
	}
	return rawListener{raw}, nil
}

func (c *endpoint) raw() (syscall.RawConn, error) {
	if c.d == nil {
		return nil, syscall.EINVAL
	}
	return &rawConn{endpoint: c}, nil
}

func (c *rawConn) Control(f func(fd uintptr)) error {
	err := c.d.Use(func(fd int) error {
		f(uintptr(fd))
		return nil
	})
	return c.failedLocal("raw-control", "", err)
}

func (c *rawConn) Read(f func(fd uintptr) bool) error {
	return c.reported("raw-read", c.until(f, fdcall.Reading, socket.PollIn))
}

func (c *rawConn) Write(f func(fd uintptr) bool) error {
	return c.reported("raw-write", c.until(f, fdcall.Writing, socket.PollOut))
}

func (c *rawConn) reported(op string, err error) error {
	if err == nil {
		return nil
	}
	return &net.OpError{Op: op, Net: c.network, Source: c.local, Addr: c.remote, Err: netCause("poll", err)}
}

// until is the descriptor's, in non-blocking mode.
func (c *rawConn) until(f func(fd uintptr) bool, dir fdcall.Direction, event int) error {
	if err := c.unblock(); err != nil {
		return err
	}
	return c.d.Until(f, dir, event)
}

// unblock puts the socket into non-blocking mode, once. If that fails, so will
// whatever the user does with it.
func (c *rawConn) unblock() (err error) {
	c.mode.Do(func() {
		err = c.d.Use(func(fd int) error { return c.d.System().SetNonblock(fd, true) })
	})
	return err
}

type rawListener struct{ syscall.RawConn }

func (rawListener) Read(func(fd uintptr) bool) error  { return syscall.EINVAL }
func (rawListener) Write(func(fd uintptr) bool) error { return syscall.EINVAL }
