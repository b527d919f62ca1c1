package await

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/netname"
	"github.com/awaitio/awaitio/internal/socket"
	"github.com/awaitio/awaitio/proactor"
)

// A Listener accepts connections: tcp, unix or unixpacket. It implements net.Listener. Several
// goroutines may call its methods at once.
//
// Accept parks the calling goroutine, not a thread. Its errors, and those of Close, are
// *net.OpError, as in package net. The garbage collector closes a Listener that is no longer
// referenced.
type Listener struct {
	endpoint
	config    ListenConfig
	inherited bool   // connections have their options from the listening socket
	path      string // of the unix socket that Listen made
	keep      atomic.Bool
	remove    sync.Once
}

// newListener takes over the listening socket b, and gives the connections that it
// will accept their options.
func newListener(b *bound, network string, lc *ListenConfig, unlink string) *Listener {
	l := &Listener{
		endpoint:  newEndpoint(b.io.loops, b.fd, b.kind.Family, network, b.local, nil),
		config:    *lc,
		inherited: lc.inheritOptions(b),
		path:      unlink,
	}
	cleanUp(l, l.d)
	return l
}

// Addr returns the address that the listener listens on, with the port that the system chose.
func (l *Listener) Addr() net.Addr { return l.local }

// SetDeadline sets the instant at which Accept fails with an error that is
// os.ErrDeadlineExceeded: calls that are blocked now and those to come. The zero Time means no
// deadline. It may be moved at any time, also after it has passed.
func (l *Listener) SetDeadline(t time.Time) error {
	if l == nil || l.d == nil {
		return syscall.EINVAL
	}
	if err := l.d.SetDeadline(fdcall.Reading, t); err != nil {
		return netCause("setsockopt", err)
	}
	return nil
}

// Accept waits for the next connection and returns it as a *Conn. Each connection goes to one of
// concurrent calls. errors.Is knows: net.ErrClosed, os.ErrDeadlineExceeded, EMFILE and ENFILE (no
// descriptor left; the connection stays in the backlog).
//
// accept(2); IORING_OP_ACCEPT.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.AcceptContext(context.Background())
	if err != nil {
		return nil, err
	}
	return c, nil
}

// AcceptContext is like Accept, but returns when ctx ends, with the error context.Cause. If a
// connection was accepted before that took effect, it is returned.
func (l *Listener) AcceptContext(ctx context.Context) (*Conn, error) {
	if l == nil {
		return nil, syscall.EINVAL
	}
	var from proactor.Peer
	for {
		fd, err := l.d.Call(ctx, fdcall.Reading, func(w *fdcall.Waiter) error {
			return w.Proactor.AcceptFrom(&w.C, l.d.FD, socket.AcceptNonblock, &from, fdcall.Deliver)
		})
		switch {
		case err == nil:
			return l.accepted(fd, &from), nil
		case err != syscall.ECONNABORTED: // the peer left again: accept(2)
			return nil, l.notAccepted(err)
		}
	}
}

// AcceptTCP is Accept with the type *Conn, under the name that a
// net.TCPListener has for it.
func (l *Listener) AcceptTCP() (*Conn, error) { return l.AcceptContext(context.Background()) }

// AcceptUnix is Accept with the type *Conn, under the name that a
// net.UnixListener has for it.
func (l *Listener) AcceptUnix() (*Conn, error) { return l.AcceptContext(context.Background()) }

// notAccepted is err of an accept.
func (l *Listener) notAccepted(err error) error {
	return l.failedLocal("accept", socket.AcceptCall, err)
}

// accepted makes a connection of the descriptor fd.
func (l *Listener) accepted(fd int, from *proactor.Peer) *Conn {
	on := l.d.System()
	if socket.AcceptNonblock == 0 {
		_ = on.SetNonblock(fd, true) // accept(2) could not be told; either mode will do
	}
	if !l.inherited {
		_ = on.SetConnOptions(fd, l.config.KeepAlive, l.config.KeepAliveConfig)
	}
	local := l.local
	if l.listensEverywhere() {
		if a, err := on.Getsockname(fd, l.network); err == nil {
			local = a
		}
	}
	return newConn(l.d.Loop.Loops, fd, l.family, l.network, local, l.peer(from))
}

// peer is from as package net tells it, and never nil.
func (l *Listener) peer(from *proactor.Peer) net.Addr {
	if netname.IsUnix(l.network) {
		return netname.UnixPeer(l.network, from.Unix())
	}
	if a := netname.Address(l.network, from.AddrPort()); a != nil {
		return a
	}
	return &net.TCPAddr{}
}

// listensEverywhere reports whether connections have local addresses of their own.
func (l *Listener) listensEverywhere() bool {
	a, ok := l.local.(*net.TCPAddr)
	return ok && a.IP.IsUnspecified()
}

// Close stops listening. Blocked accepts end with an error that is net.ErrClosed; connections
// that were accepted stay open. If Listen made the path of a unix socket, Close removes the path
// first.
func (l *Listener) Close() error {
	if l == nil {
		return syscall.EINVAL
	}
	if l.path != "" {
		l.remove.Do(l.removePath)
	}
	return l.failedLocal("close", "close", l.d.Close())
}

func (l *Listener) removePath() {
	if !l.keep.Load() {
		_ = l.d.System().Remove(l.path) // somebody else may have done so
	}
}

// SetUnlinkOnClose sets whether Close removes the path of a unix socket that Listen made. The
// default is true.
func (l *Listener) SetUnlinkOnClose(unlink bool) { l.keep.Store(!unlink) }
