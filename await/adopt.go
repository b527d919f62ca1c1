package await

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"github.com/awaitio/awaitio/internal/netname"
	"github.com/awaitio/awaitio/internal/socket"
	"github.com/awaitio/awaitio/internal/system"
)

// AdoptConn converts a connection of another package, on the default IO. It returns a *Conn, or a
// *PacketConn for datagrams. c must have a descriptor (SyscallConn or File), as *net.TCPConn,
// *net.UDPConn and *net.UnixConn do. A wrapper such as *tls.Conn has none: the error is then
// errors.ErrUnsupported.
//
// AdoptConn duplicates the descriptor and then closes c, so nobody else may be using c. If it
// fails, c is unchanged. Deadlines are not taken over. Socket options and the mode, blocking or
// not, stay as they are; either mode works. AdoptConn does not wait.
func AdoptConn(c net.Conn) (net.Conn, error) { return adoptDefault(c, (*IO).AdoptConn) }

// AdoptPacketConn is AdoptConn for packet connections without a peer; it returns a *PacketConn.
func AdoptPacketConn(c net.PacketConn) (net.PacketConn, error) {
	return adoptDefault(c, (*IO).AdoptPacketConn)
}

// AdoptListener is AdoptConn for listeners, such as one that net.FileListener made of an
// inherited descriptor. The path of a unix socket remains when the listener is closed, unless
// SetUnlinkOnClose says otherwise.
func AdoptListener(l net.Listener) (*Listener, error) {
	return adoptDefault(l, (*IO).AdoptListener)
}

// adoptDefault is an adoption on the default IO.
func adoptDefault[From, To any](from From, adopt func(*IO, From) (To, error)) (To, error) {
	io, err := Default()
	if err != nil {
		var none To
		return none, err
	}
	return adopt(io, from)
}

// AdoptConn is the function AdoptConn on io.
func (io *IO) AdoptConn(c net.Conn) (net.Conn, error) {
	a, err := io.adopt(c)
	switch {
	case err != nil:
		return nil, err
	case a.listening:
		return nil, a.refuse("a listener")
	}
	if a.remote == nil && !a.kind.IsDatagram() {
		a.remote = c.RemoteAddr() // the kernel has no peer for what was reset
	}
	_ = c.Close() // the socket goes on
	if a.kind.IsDatagram() {
		return newPacketConn(io, a.fd, a.kind.Family, a.network, a.local, a.remote), nil
	}
	return newConn(io.loops, a.fd, a.kind.Family, a.network, a.local, a.remote), nil
}

// AdoptPacketConn is the function AdoptPacketConn on io.
func (io *IO) AdoptPacketConn(c net.PacketConn) (net.PacketConn, error) {
	a, err := io.adopt(c)
	switch {
	case err != nil:
		return nil, err
	case !a.kind.IsDatagram():
		return nil, a.refuse("not a socket for datagrams")
	}
	_ = c.Close() // the socket goes on
	return newPacketConn(io, a.fd, a.kind.Family, a.network, a.local, a.remote), nil
}

// AdoptListener is the function AdoptListener on io.
func (io *IO) AdoptListener(l net.Listener) (*Listener, error) {
	a, err := io.adopt(l)
	switch {
	case err != nil:
		return nil, err
	case !a.listening:
		return nil, a.refuse("not a listener")
	}
	if u, ok := l.(interface{ SetUnlinkOnClose(bool) }); ok {
		u.SetUnlinkOnClose(false)
	}
	_ = l.Close() // the socket goes on
	lc := &ListenConfig{IO: io}
	b := &bound{io: io, fd: a.fd, kind: a.kind, local: a.local}
	adopted := newListener(b, a.network, lc, netname.UnixPath(a.local))
	adopted.SetUnlinkOnClose(false)
	return adopted, nil
}

// An adopted is a duplicate of somebody's socket, and what it is.
type adopted struct {
	on            system.System
	fd            int
	kind          netname.Kind
	listening     bool
	network       string
	local, remote net.Addr
}

// refuse gives the duplicate up.
func (a *adopted) refuse(why string) error {
	_ = a.on.Close(a.fd) // it was only looked at
	return fmt.Errorf("adopt a socket: %s: %w", why, errors.ErrUnsupported)
}

func (io *IO) adopt(from any) (*adopted, error) {
	if _, err := usable(io); err != nil {
		return nil, fmt.Errorf("adopt a socket: %w", err)
	}
	if io.loops.Simulated {
		return nil, fmt.Errorf("adopt a %T: %w", from, errSimulated)
	}
	fd, err := dupOf(from)
	if err != nil {
		return nil, fmt.Errorf("adopt a %T: %w", from, err)
	}
	a := &adopted{on: io.loops.System, fd: fd}
	if err := a.identify(); err != nil {
		return nil, a.refuse(err.Error())
	}
	return a, nil
}

// dupOf is a new descriptor of what from stands for.
func dupOf(from any) (fd int, err error) {
	switch from := from.(type) {
	case syscall.Conn:
		raw, err := from.SyscallConn()
		if err != nil {
			return -1, err
		}
		var dupErr error
		if err := raw.Control(func(number uintptr) { fd, dupErr = socket.Dup(int(number)) }); err != nil {
			return -1, err
		}
		return fd, dupErr
	case interface{ File() (*os.File, error) }:
		f, err := from.File()
		if err != nil {
			return -1, err
		}
		defer f.Close()
		return dupOf(f)
	}
	return -1, fmt.Errorf("it has no descriptor: %w", errors.ErrUnsupported)
}

// identify asks the kernel what a is.
func (a *adopted) identify() (err error) {
	if a.kind.Type, err = a.on.SocketType(a.fd); err != nil {
		return err
	}
	if a.kind.Family, err = a.on.Family(a.fd); err != nil {
		return err
	}
	if a.network = a.kind.Network(); a.network == "" {
		return errors.New("neither tcp, udp nor unix")
	}
	if a.local, err = a.on.Getsockname(a.fd, a.network); err != nil {
		return err
	}
	a.listening = a.on.Listening(a.fd)
	if peer, err := a.on.Getpeername(a.fd, a.network); err == nil {
		a.remote = peer
	}
	return nil
}
