package await

import (
	"context"
	"net"
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/netname"
)

// A Dialer makes connections: a net.Dialer whose connections are this package's.
// The zero value is that of Dial. It may be used by several goroutines at once.
type Dialer struct {
	// IO carries the connections; nil is Default's.
	IO *IO

	// Timeout is how long a dial may take; zero is no limit. A host's addresses
	// share the time that is left. The system may give up earlier.
	Timeout time.Duration

	// Deadline is when a dial ends at the latest; zero is never.
	Deadline time.Time

	// LocalAddr is the address to dial from, of the network's kind; nil lets the
	// system choose.
	LocalAddr net.Addr

	// FallbackDelay is how long the addresses of a host's preferred IP version are
	// tried alone before those of the other one are tried besides (RFC 8305, Happy
	// Eyeballs), where the network is "tcp". Zero is 300 ms; with a negative value
	// all are tried one after the other.
	FallbackDelay time.Duration

	// KeepAlive is how long a TCP connection is idle before it is probed: zero is
	// 15 s, and a negative value means never.
	KeepAlive time.Duration

	// KeepAliveConfig says more than KeepAlive, and with Enable counts instead.
	KeepAliveConfig net.KeepAliveConfig

	// Resolver looks names up; nil is net.DefaultResolver. An IO of a simulated host has names of
	// its own, and does not ask it.
	Resolver *net.Resolver

	// Control is called with a new socket before it is bound and connected, if not
	// nil. It is told a network with its IP version: "tcp4". c has nothing but
	// Control, and is good until the call returns. An error ends the attempt.
	Control func(network, address string, c syscall.RawConn) error

	// ControlContext is called instead of Control, if not nil.
	ControlContext func(ctx context.Context, network, address string, c syscall.RawConn) error

	multipath multipathChoice
}

// Dial connects to address, on the default IO. It is net.Dial, and returns a *Conn, or a
// *PacketConn for "udp" and "unixgram". See Dialer.DialContext.
func Dial(network, address string) (net.Conn, error) {
	return (&Dialer{}).Dial(network, address)
}

// DialTimeout is Dial that takes no longer than timeout, the lookup of a name included. Zero is no
// limit.
func DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	return (&Dialer{Timeout: timeout}).Dial(network, address)
}

// DialContext is like Dial, but returns when ctx ends. Once the connection is made, ctx has no
// effect on it.
func DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return (&Dialer{}).DialContext(ctx, network, address)
}

// Dial is the function Dial on io.
func (io *IO) Dial(network, address string) (net.Conn, error) {
	return (&Dialer{IO: io}).Dial(network, address)
}

// DialContext is the function DialContext on io.
func (io *IO) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return (&Dialer{IO: io}).DialContext(ctx, network, address)
}

// Dial is like DialContext, but only d's own limits end it.
func (d *Dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialContext connects to address and returns a *Conn, or for datagrams a
// *PacketConn. Networks are tcp, udp (both also with 4 or 6), unix, unixgram and
// unixpacket; addresses are as in net.Dial.
//
// Hooks that net/http/httptrace put into ctx are called as net.Dialer calls them: those
// of the lookup, and ConnectStart and ConnectDone for each address that is tried.
//
// It parks the calling goroutine until a connection is made, all addresses have
// failed, ctx ends, or d's time is up. Other attempts have then come to their
// end, and their sockets are closed. Once the connection is made, ctx has no
// effect on it. A connect to a unix listener whose backlog is full waits.
//
// The error is a *net.OpError as net.Dialer's. errors.Is knows:
// os.ErrDeadlineExceeded and context.DeadlineExceeded (with Timeout() == true),
// context.Canceled and context.Cause of ctx, net.ErrClosed (IO is closed), and
// what connect(2) and bind(2) know: see proactor.Proactor.Connect. errors.As
// knows *net.DNSError, *net.AddrError and net.UnknownNetworkError.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	failed := func(err error) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	if ctx == nil {
		return failed(fdcall.ErrNilContext)
	}
	if d.IO != nil { // the default one refuses nothing
		if err := d.IO.loops.Admit(ctx); err != nil {
			return failed(err)
		}
		defer d.IO.loops.EndAdmitted()
		ctx = fdcall.Admitted(ctx)
	}
	ctx, cancel := d.limit(ctx)
	defer cancel()
	return d.dial(ctx, network, address)
}

// dial is DialContext within ctx.
func (d *Dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	failed := func(err error) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	trace, lookup := traceOf(ctx)
	addrs, err := d.resolve(lookup, network, address)
	if err != nil {
		return failed(err)
	}
	io, err := ioOrDefault(d.IO)
	a := &attempts{d: d, io: io, network: network, trace: trace}
	if err != nil {
		return nil, a.failed(addrs[0], err)
	}
	if network != "tcp" || d.FallbackDelay < 0 {
		return a.inTurn(ctx, addrs)
	}
	primaries, fallbacks := netname.Partition(addrs)
	if fallbacks == nil {
		return a.inTurn(ctx, primaries)
	}
	return a.race(ctx, primaries, fallbacks)
}

func ioOrDefault(io *IO) (*IO, error) {
	if io != nil {
		return io, nil
	}
	return Default()
}

// limit is ctx that ends when d's time is up.
func (d *Dialer) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	end := d.Deadline
	if d.Timeout != 0 {
		if t := time.Now().Add(d.Timeout); end.IsZero() || t.Before(end) {
			end = t
		}
	}
	if end.IsZero() {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, end)
}

// resolve is the addresses to try.
func (d *Dialer) resolve(ctx context.Context, network, address string) ([]net.Addr, error) {
	addrs, err := netname.Resolve(ctx, d.resolver(ctx), network, address)
	switch {
	case err != nil:
		return nil, err
	case address == "":
		return nil, netname.ErrMissingAddress
	case d.LocalAddr == nil:
		return addrs, nil
	}
	return netname.ReachableFrom(d.LocalAddr, addrs)
}

// resolver is what looks names up. The names of a simulated host are its own.
func (d *Dialer) resolver(ctx context.Context) netname.Resolver {
	on := systemOf(d.IO)
	r := on.Resolver(d.Resolver)
	if on.Simulated() {
		return tracedLookup(ctx, r)
	}
	return r
}

// control is the hook to call, or nil.
func (d *Dialer) control() controlHook {
	if d.ControlContext != nil {
		return d.ControlContext
	}
	return withoutContext(d.Control)
}
