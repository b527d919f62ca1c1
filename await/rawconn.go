package await

import (
	"net"
	"os"
	"sync"
	"syscall"

	"github.com/awaitio/awaitio/internal/socket"
)

// A rawConn is the number behind a socket, for system calls of the user's own.
type rawConn struct {
	*endpoint
	mode sync.Once
}

// SyscallConn is a syscall.RawConn: Control for options, Read and Write for
// transfers of the user's own, which wait for the socket to be ready until its
// deadline passes or it is closed. The first of those puts the socket into
// non-blocking mode, where they belong. Errors are *net.OpError. Close waits for
// functions that run, so they must not call it.
func (c *Conn) SyscallConn() (syscall.RawConn, error) { return &rawConn{endpoint: &c.endpoint}, nil }

// SyscallConn is that of Conn.
func (c *PacketConn) SyscallConn() (syscall.RawConn, error) {
	return &rawConn{endpoint: &c.endpoint}, nil
}

// SyscallConn is a syscall.RawConn with Control alone: Read and Write are EINVAL.
func (l *Listener) SyscallConn() (syscall.RawConn, error) {
	return rawListener{&rawConn{endpoint: &l.endpoint}}, nil
}

func (c *rawConn) Control(f func(fd uintptr)) error {
	err := c.d.use(func(fd int) error {
		f(uintptr(fd))
		return nil
	})
	return c.failedHere("raw-control", "", err)
}

func (c *rawConn) Read(f func(fd uintptr) bool) error {
	return c.told("raw-read", c.until(f, reading, pollIn))
}

func (c *rawConn) Write(f func(fd uintptr) bool) error {
	return c.told("raw-write", c.until(f, writing, pollOut))
}

func (c *rawConn) told(op string, err error) error {
	if err == nil {
		return nil
	}
	return &net.OpError{Op: op, Net: c.network, Source: c.local, Addr: c.remote, Err: netCause("poll", err)}
}

// until is the descriptor's, in non-blocking mode.
func (c *rawConn) until(f func(fd uintptr) bool, dir direction, event int) error {
	if err := c.unblock(); err != nil {
		return err
	}
	return c.d.until(f, dir, event)
}

// unblock puts the socket into non-blocking mode, once. If that fails, so will
// whatever the user does with it.
func (c *rawConn) unblock() (err error) {
	c.mode.Do(func() {
		err = c.d.use(func(fd int) error { return socket.SetNonblock(fd, true) })
	})
	return err
}

type rawListener struct{ syscall.RawConn }

func (rawListener) Read(func(fd uintptr) bool) error  { return syscall.EINVAL }
func (rawListener) Write(func(fd uintptr) bool) error { return syscall.EINVAL }

// File is another descriptor of the socket, in non-blocking mode, which both then
// share. Closing either leaves the other.
func (c *Conn) File() (*os.File, error) { return c.file() }

// File is that of Conn.
func (c *PacketConn) File() (*os.File, error) { return c.file() }

// File is that of Conn.
func (l *Listener) File() (*os.File, error) { return l.file() }

func (c *endpoint) file() (*os.File, error) {
	var file *os.File
	err := c.d.use(func(fd int) error {
		copied, err := socket.Dup(fd)
		if err != nil {
			return err
		}
		// An os.File that blocks has no deadlines, and its Close ends no Read.
		if err := socket.SetNonblock(copied, true); err != nil {
			socket.Close(copied)
			return err
		}
		file = os.NewFile(uintptr(copied), c.name())
		return nil
	})
	return file, c.failed("file", err)
}

// name is what an os.File of the socket is called.
func (c *endpoint) name() string {
	name := c.network + ":"
	if c.local != nil {
		name += c.local.String()
	}
	name += "->"
	if c.remote != nil {
		name += c.remote.String()
	}
	return name
}
