//go:build unix

package await

import (
	"errors"
	"fmt"
	goio "io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A sideCall is a call of a method that both libraries' types have.
type sideCall struct {
	name  string
	waits bool // for something to arrive
	can   func(c any) bool
	call  func(c any) (value string, err error)
}

// on is a call of what has the methods of T.
func on[T any](name string, call func(c T) (value any, err error)) sideCall {
	return sideCall{
		name: name,
		can:  func(c any) bool { _, ok := c.(T); return ok },
		call: func(c any) (string, error) {
			value, err := call(c.(T))
			return fmt.Sprint(value), err
		},
	}
}

// waits is a call that waits for something to arrive.
func waits(c sideCall) sideCall {
	c.waits = true
	return c
}

// onlyErr is on for calls that return an error alone.
func onlyErr[T any](name string, call func(c T) error) sideCall {
	return on(name, func(c T) (any, error) { return nil, call(c) })
}

type (
	deadliner     interface{ SetDeadline(time.Time) error }
	readDeadliner interface{ SetReadDeadline(time.Time) error }
	wroteDeadline interface{ SetWriteDeadline(time.Time) error }
	halfCloser    interface {
		CloseRead() error
		CloseWrite() error
	}
	bufferSetter interface {
		SetReadBuffer(int) error
		SetWriteBuffer(int) error
	}
	udpMessenger interface {
		ReadMsgUDP(p, oob []byte) (n, oobn, flags int, addr *net.UDPAddr, err error)
		WriteMsgUDP(p, oob []byte, addr *net.UDPAddr) (n, oobn int, err error)
		WriteToUDP(p []byte, addr *net.UDPAddr) (int, error)
		WriteToUDPAddrPort(p []byte, addr netip.AddrPort) (int, error)
	}
	unixMessenger interface {
		ReadMsgUnix(p, oob []byte) (n, oobn, flags int, addr *net.UnixAddr, err error)
		WriteMsgUnix(p, oob []byte, addr *net.UnixAddr) (n, oobn int, err error)
	}
)

// sideCalls are calls of sockets, with good arguments.
var sideCalls = []sideCall{
	waits(on("Read", func(c goio.Reader) (any, error) { n, err := c.Read(make([]byte, 4)); return n, err })),
	on("Read of nothing", func(c goio.Reader) (any, error) { n, err := c.Read(nil); return n, err }),
	on("Write", func(c goio.Writer) (any, error) { n, err := c.Write([]byte("x")); return n, err }),
	on("Write of nothing", func(c goio.Writer) (any, error) { n, err := c.Write(nil); return n, err }),
	on("ReadFrom a reader", func(c goio.ReaderFrom) (any, error) { n, err := c.ReadFrom(strings.NewReader("x")); return n, err }),
	waits(on("WriteTo a writer", func(c goio.WriterTo) (any, error) { n, err := c.WriteTo(goio.Discard); return n, err })),
	onlyErr("Close", func(c goio.Closer) error { return c.Close() }),
	onlyErr("CloseRead", func(c halfCloser) error { return c.CloseRead() }),
	onlyErr("CloseWrite", func(c halfCloser) error { return c.CloseWrite() }),
	onlyErr("SetDeadline", func(c deadliner) error { return c.SetDeadline(time.Time{}) }),
	onlyErr("SetReadDeadline", func(c readDeadliner) error { return c.SetReadDeadline(time.Time{}) }),
	onlyErr("SetWriteDeadline", func(c wroteDeadline) error { return c.SetWriteDeadline(time.Time{}) }),
	onlyErr("SetNoDelay", func(c tcpOptions) error { return c.SetNoDelay(true) }),
	onlyErr("SetKeepAlive", func(c tcpOptions) error { return c.SetKeepAlive(true) }),
	onlyErr("SetKeepAlivePeriod", func(c tcpOptions) error { return c.SetKeepAlivePeriod(time.Second) }),
	onlyErr("SetKeepAliveConfig", func(c tcpOptions) error { return c.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true}) }),
	onlyErr("SetLinger", func(c tcpOptions) error { return c.SetLinger(-1) }),
	onlyErr("SetReadBuffer", func(c bufferSetter) error { return c.SetReadBuffer(4096) }),
	onlyErr("SetWriteBuffer", func(c bufferSetter) error { return c.SetWriteBuffer(4096) }),
	waits(onlyErr("Accept", func(c net.Listener) error { _, err := c.Accept(); return err })),
	on("File", func(c handedOut) (any, error) {
		f, err := c.File()
		if err != nil {
			return f == nil, err
		}
		return false, f.Close()
	}),
	raw("Control", func(c syscall.RawConn) error { return c.Control(func(uintptr) {}) }),
	raw("Read", func(c syscall.RawConn) error { return c.Read(func(uintptr) bool { return true }) }),
	raw("Write", func(c syscall.RawConn) error { return c.Write(func(uintptr) bool { return true }) }),
}

func raw(name string, call func(c syscall.RawConn) error) sideCall {
	return onlyErr("raw "+name, func(c syscall.Conn) error {
		r, err := c.SyscallConn()
		if err != nil {
			return err
		}
		return call(r)
	})
}

// messageCalls are calls of sockets for messages, also with addresses that are none.
var messageCalls = []sideCall{
	waits(on("ReadFrom", func(c net.PacketConn) (any, error) {
		n, from, err := c.ReadFrom(make([]byte, 4))
		return []any{n, from}, err
	})),
	waits(onlyErr("ReadMsgUDP", func(c udpMessenger) error { _, _, _, _, err := c.ReadMsgUDP(make([]byte, 4), nil); return err })),
	waits(onlyErr("ReadMsgUnix", func(c unixMessenger) error { _, _, _, _, err := c.ReadMsgUnix(make([]byte, 4), nil); return err })),
	writeTo("no address", nil),
	writeTo("no UDP address", (*net.UDPAddr)(nil)),
	writeTo("no unix address", (*net.UnixAddr)(nil)),
	writeTo("TCP address", &net.TCPAddr{}),
	writeTo("port zero", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}),
	writeTo("port too large", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 70000}),
	writeTo("IPv6", &net.UDPAddr{IP: net.IPv6loopback, Port: 9}),
	writeTo("IP of three bytes", &net.UDPAddr{IP: net.IP{1, 2, 3}, Port: 7}),
	writeTo("path", &net.UnixAddr{Name: "/nosuch/socket", Net: "unixgram"}),
	writeTo("path that is too long", &net.UnixAddr{Name: strings.Repeat("x", 200), Net: "unixgram"}),
	writeTo("path of a stream", &net.UnixAddr{Name: "/nosuch/socket", Net: "unix"}),
	on("WriteToUDP to nobody", func(c udpMessenger) (any, error) { n, err := c.WriteToUDP([]byte("x"), nil); return n, err }),
	on("WriteToUDPAddrPort to nobody", func(c udpMessenger) (any, error) {
		n, err := c.WriteToUDPAddrPort([]byte("x"), netip.AddrPort{})
		return n, err
	}),
	on("WriteMsgUDP to nobody", func(c udpMessenger) (any, error) {
		n, oobn, err := c.WriteMsgUDP([]byte("x"), nil, nil)
		return []int{n, oobn}, err
	}),
	on("WriteMsgUDP to IPv6", func(c udpMessenger) (any, error) {
		n, oobn, err := c.WriteMsgUDP([]byte("x"), nil, &net.UDPAddr{IP: net.IPv6loopback, Port: 9})
		return []int{n, oobn}, err
	}),
	on("WriteMsgUnix to the peer", func(c unixMessenger) (any, error) {
		n, oobn, err := c.WriteMsgUnix([]byte("x"), nil, nil)
		return []int{n, oobn}, err
	}),
	on("WriteMsgUnix to another", func(c unixMessenger) (any, error) {
		n, oobn, err := c.WriteMsgUnix([]byte("x"), nil, &net.UnixAddr{Name: "/nosuch/socket", Net: "unix"})
		return []int{n, oobn}, err
	}),
}

func writeTo(name string, addr net.Addr) sideCall {
	return on("WriteTo "+name, func(c net.PacketConn) (any, error) { n, err := c.WriteTo([]byte("x"), addr); return n, err })
}

// A sideState is what has become of a socket before the call.
type sideState struct {
	name    string
	make    func(c any, peer goio.Closer)
	remains bool // whatever is called
}

var sideStates = []sideState{
	{name: "deadline passed", make: func(c any, _ goio.Closer) { _ = c.(deadliner).SetDeadline(time.Unix(1, 0)) }},
	{name: "closed", remains: true, make: func(c any, _ goio.Closer) { _ = c.(goio.Closer).Close() }},
	{name: "deadline passed and closed", remains: true, make: func(c any, _ goio.Closer) {
		_ = c.(deadliner).SetDeadline(time.Unix(1, 0))
		_ = c.(goio.Closer).Close()
	}},
	{name: "half-closed", make: func(c any, _ goio.Closer) {
		if c, ok := c.(halfCloser); ok && !ofUDP(c) {
			_, _ = c.CloseWrite(), c.CloseRead()
		}
	}},
	{name: "peer closed", make: func(c any, peer goio.Closer) {
		if peer != nil {
			_ = peer.Close()
		}
	}},
	{name: "peer reset", make: func(c any, peer goio.Closer) {
		if p, ok := peer.(lingerer); ok && !isUnix(peer) {
			_, _ = p.SetLinger(0), peer.Close()
		}
	}},
}

// isUnix reports whether c is a unix socket.
func isUnix(c any) bool {
	conn, ok := c.(net.Conn)
	return ok && strings.HasPrefix(conn.LocalAddr().Network(), "unix")
}

// ofUDP reports whether c is a socket that only this package can half-close.
func ofUDP(c any) bool {
	conn, ok := c.(net.Conn)
	return ok && strings.HasPrefix(conn.LocalAddr().Network(), "udp")
}

// nothingArrives reports whether a call that waits does so in a state. At the end of a
// stream, or where there is an error, it does not.
func nothingArrives(kind, state string) bool {
	stream := kind == "tcp" || kind == "unix" || strings.HasSuffix(kind, " accepted")
	switch state {
	case "half-closed", "peer closed":
		return !stream
	case "peer reset":
		return kind != "tcp" && kind != "tcp accepted"
	}
	return false
}

// A sideSocket is a socket of one library and the peer that it has, of package net.
type sideSocket struct {
	c     any
	peer  goio.Closer
	names []string // what differs between two sockets, and what to call it
}

// sideKinds make sockets of a stack.
var sideKinds = map[string]func(t *testing.T, s stack) sideSocket{
	"tcp":                 func(t *testing.T, s stack) sideSocket { return dialedSide(t, s, "tcp") },
	"unix":                func(t *testing.T, s stack) sideSocket { return dialedSide(t, s, "unix") },
	"tcp accepted":        func(t *testing.T, s stack) sideSocket { return acceptedSide(t, s, "tcp") },
	"unix accepted":       func(t *testing.T, s stack) sideSocket { return acceptedSide(t, s, "unix") },
	"unixpacket accepted": func(t *testing.T, s stack) sideSocket { return acceptedSide(t, s, "unixpacket") },
	"tcp listener":        func(t *testing.T, s stack) sideSocket { return listeningSide(t, s, "tcp") },
	"unix listener":       func(t *testing.T, s stack) sideSocket { return listeningSide(t, s, "unix") },
	"udp bound":           func(t *testing.T, s stack) sideSocket { return boundSide(t, s, "udp", "127.0.0.1:0") },
	"udp6 bound":          func(t *testing.T, s stack) sideSocket { return boundSide(t, s, "udp6", "[::1]:0") },
	"unixgram bound":      func(t *testing.T, s stack) sideSocket { return boundSide(t, s, "unixgram", "") },
	"udp":                 func(t *testing.T, s stack) sideSocket { return sendingSide(t, s, "udp") },
	"unixgram":            func(t *testing.T, s stack) sideSocket { return sendingSide(t, s, "unixgram") },
}

func sideAddress(t *testing.T, network string) string {
	if strings.HasPrefix(network, "unix") {
		return filepath.Join(tempDir(t), "s")
	}
	return "127.0.0.1:0"
}

// sideOf is c, which t closes.
func sideOf(t *testing.T, c net.Conn, peer goio.Closer) sideSocket {
	t.Helper()
	t.Cleanup(func() { _, _ = c.Close(), peer.Close() })
	return sideSocket{c, peer, []string{named(c.RemoteAddr()), "REMOTE", named(c.LocalAddr()), "LOCAL"}}
}

// named is the name of a that errors have; one that no error has for none.
func named(a net.Addr) string {
	if a == nil || a.String() == "" {
		return "NOTHING"
	}
	return a.String()
}

func dialedSide(t *testing.T, s stack, network string) sideSocket {
	l, err := s.peers.Listen(network, sideAddress(t, network))
	must(t, err)
	defer l.Close()
	c, err := s.dial(network, l.Addr().String())
	must(t, err)
	peer, err := l.Accept()
	must(t, err)
	return sideOf(t, c, peer)
}

func acceptedSide(t *testing.T, s stack, network string) sideSocket {
	l, err := s.listen(network, sideAddress(t, network))
	must(t, err)
	defer l.Close()
	peer, err := s.peers.Dial(network, l.Addr().String())
	must(t, err)
	c, err := l.Accept()
	must(t, err)
	return sideOf(t, c, peer)
}

func listeningSide(t *testing.T, s stack, network string) sideSocket {
	l, err := s.listen(network, sideAddress(t, network))
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return sideSocket{l, nil, []string{l.Addr().String(), "LOCAL"}}
}

func boundSide(t *testing.T, s stack, network, address string) sideSocket {
	if address == "" {
		address = sideAddress(t, network)
	}
	p, err := s.listenPacket(network, address)
	must(t, err)
	t.Cleanup(func() { _ = p.Close() })
	return sideSocket{p, nil, []string{p.LocalAddr().String(), "LOCAL"}}
}

func sendingSide(t *testing.T, s stack, network string) sideSocket {
	p, err := s.peers.ListenPacket(network, sideAddress(t, network))
	must(t, err)
	c, err := s.dial(network, p.LocalAddr().String())
	must(t, err)
	return sideOf(t, c, p)
}

// A sideSubject gives one library's sockets of a kind in a state.
type sideSubject struct {
	kind  string
	state sideState
	stack stack
	one   *sideSocket // that serves all calls
}

func (s *sideSubject) socket(t *testing.T) sideSocket {
	t.Helper()
	if s.one != nil {
		return *s.one
	}
	c := sideKinds[s.kind](t, s.stack)
	s.state.make(c.c, c.peer)
	if s.state.remains {
		s.one = &c
	}
	return c
}

// outcome is what a call comes to.
func (s *sideSubject) outcome(t *testing.T, call sideCall) string {
	t.Helper()
	one := s.socket(t)
	if call.waits && nothingArrives(s.kind, s.state.name) {
		_ = one.c.(deadliner).SetDeadline(time.Now().Add(time.Millisecond))
	}
	value, err := call.call(one.c)
	names := append(one.names, "net.addrPortUDPAddr", "await.udpAddrPort") // it is not exported
	return strings.NewReplacer(names...).Replace(value + " " + detailed(err))
}

// detailed is describe with what else programs look at.
func detailed(err error) string {
	var op *net.OpError
	if !errors.As(err, &op) {
		return describe(err)
	}
	_, isCall := op.Err.(*os.SyscallError)
	return fmt.Sprintf("%s [%v %v] call=%v deadline=%v", describe(err), op.Source, op.Addr, isCall, op.Err == os.ErrDeadlineExceeded)
}

func hasV6() bool {
	l, err := outside.Listen("tcp6", "[::1]:0")
	if err == nil {
		_ = l.Close()
	}
	return err == nil
}

// differs reports whether a call need not be as in package net.
func differs(kind string, state sideState, call sideCall) bool {
	switch {
	case kind == "unixgram" && call.name == "WriteMsgUnix to the peer":
		return true // package net refuses it, and takes a Write
	case strings.HasPrefix(kind, "unixgram") && state.name == "half-closed":
		return call.waits // see docs/PORTABILITY.md
	}
	return false
}

// Every call on every kind of socket, in every state, comes out as in package net.
func TestSocketsSideBySide(t *testing.T) {
	io := open(t, Config{})
	ours := stack{peers: outside, listen: io.Listen, dial: io.Dial, listenPacket: io.ListenPacket}
	theirs := stack{peers: kernelOutside{}, listen: net.Listen, dial: net.Dial, listenPacket: net.ListenPacket}
	calls := append(append([]sideCall{}, sideCalls...), messageCalls...)
	for kind, make := range sideKinds {
		if strings.HasPrefix(kind, "udp6") && !hasV6() {
			continue
		}
		one, other := make(t, ours).c, make(t, theirs).c
		for _, state := range sideStates {
			t.Run(kind+" "+state.name, func(t *testing.T) {
				our, their := &sideSubject{kind, state, ours, nil}, &sideSubject{kind, state, theirs, nil}
				for _, call := range calls {
					if simulated && call.name == "File" {
						continue // a simulated socket has none
					}
					if !call.can(one) || !call.can(other) || differs(kind, state, call) {
						continue
					}
					if got, want := our.outcome(t, call), their.outcome(t, call); got != want {
						t.Errorf("%s:\ngot  %s\nwant %s", call.name, got, want)
					}
				}
			})
		}
	}
}

// The zero values, and a nil Listener, are invalid and no more.
func TestZeroSocketsSideBySide(t *testing.T) {
	for name, pair := range map[string][2]any{
		"TCPConn": {new(Conn), new(net.TCPConn)}, "UnixConn": {new(Conn), new(net.UnixConn)}, "UDPConn": {new(PacketConn), new(net.UDPConn)},
		"TCPListener": {new(Listener), new(net.TCPListener)}, "UnixListener": {new(Listener), new(net.UnixListener)},
		"nil TCPListener": {(*Listener)(nil), (*net.TCPListener)(nil)}, "nil UnixListener": {(*Listener)(nil), (*net.UnixListener)(nil)},
	} {
		t.Run(name, func(t *testing.T) {
			for _, call := range append(append([]sideCall{}, sideCalls...), messageCalls...) {
				if call.name == "File" && !strings.HasSuffix(name, "Listener") {
					continue // package net crashes
				}
				if !call.can(pair[0]) || !call.can(pair[1]) {
					continue
				}
				_, err := call.call(pair[0])
				if _, want := call.call(pair[1]); describe(err) != describe(want) {
					t.Errorf("%s: got %s, want %s", call.name, describe(err), describe(want))
				}
			}
		})
	}
}
