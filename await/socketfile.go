package await

import (
	"errors"
	"net"
	"os"
	"syscall"

	"github.com/awaitio/awaitio/internal/netname"
	"github.com/awaitio/awaitio/internal/socket"
)

// File returns a duplicate of the connection's descriptor, for package os, child
// processes and net.FileConn. It is close-on-exec and the caller's to close; closing
// either leaves the other open. File does not wait, and changes neither the mode nor
// the options of the socket.
//
// As with package net, f.Fd and os/exec put the descriptor into blocking mode, which
// it shares with c: a child process can use it as it uses any other. The methods of c
// wait as before in either mode, and hold no thread.
//
// Errors are *net.OpError; errors.Is knows net.ErrClosed, EMFILE and ENFILE. File may
// be called from any goroutine.
func (c *Conn) File() (f *os.File, err error) {
	f, err = c.file()
	return f, c.failed("file", err)
}

// File is like Conn.File, for net.FilePacketConn.
func (c *PacketConn) File() (f *os.File, err error) {
	f, err = c.file()
	return f, c.failed("file", err)
}

// File is like Conn.File, for net.FileListener. Closing f leaves the path of a unix socket in
// place.
func (l *Listener) File() (f *os.File, err error) {
	if l == nil {
		return nil, syscall.EINVAL
	}
	f, err = l.file()
	return f, l.failedLocal("file", "", err)
}

func (c *endpoint) file() (f *os.File, err error) {
	err = c.d.Use(func(fd int) error {
		f, err = c.fileOf(fd)
		return err
	})
	return f, err
}

// fileOf is an *os.File of a duplicate of fd.
func (c *endpoint) fileOf(fd int) (*os.File, error) {
	if c.d.Loop.Loops.Simulated {
		return nil, errSimulated
	}
	copied, err := socket.Dup(fd)
	if err != nil {
		return nil, err
	}
	nonblock := socket.IsNonblock(copied)
	f := os.NewFile(uintptr(copied), netname.SocketName(c.network, c.local, c.remote))
	if !nonblock {
		return f, nil // somebody uses it in blocking mode: it stays so
	}
	defer f.Close()
	return fileOfNet(c.family, c.network, f)
}

// fileOfNet is f as package net makes it, which Fd puts into blocking mode; what
// os.NewFile makes of a descriptor in non-blocking mode stays in it, and a child that
// gets it fails with EAGAIN. There is no other way to such a file than through a socket
// of package net. Only FileConn would set options; the other two take any socket of
// their families and leave it as it is.
func fileOfNet(family int, network string, f *os.File) (*os.File, error) {
	var c fileMaker
	var err error
	if family != syscall.AF_UNIX && network[:3] == "tcp" {
		c, err = filer(net.FileListener(f))
	} else {
		c, err = filer(net.FilePacketConn(f))
	}
	if err != nil {
		return nil, bareCause(err)
	}
	defer c.Close()
	made, err := c.File()
	return made, bareCause(err)
}

// A fileMaker is a socket of package net.
type fileMaker interface {
	File() (*os.File, error)
	Close() error
}

// filer is what package net made of a file.
func filer[Socket any](made Socket, err error) (fileMaker, error) {
	if err != nil {
		return nil, err
	}
	return any(made).(fileMaker), nil
}

// bareCause is err without the words of package net round it.
func bareCause(err error) error {
	var failed *net.OpError
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}
