//go:build linux

package sim

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/netname"
	"github.com/awaitio/awaitio/internal/sockaddr"
)

// A machine has sockets: the kernel's, or a simulated host's. Results are counts and
// descriptors, or negated errnos; what does not end soon is waitsOn.
type machine interface {
	open(family, kind int) int
	call(op string, fd int, arg any) int
	local(fd int) net.Addr
}

// waitsOn is the result of what waits.
const waitsOn = -1 << 20

// A script is steps on a machine, whose results it notes down.
type script struct {
	machine
	lines []string
}

// does notes a call's result down and returns it.
func (s *script) does(op string, fd int, arg any) int {
	n := s.call(op, fd, arg)
	words := inWords(n)
	switch {
	case n == waitsOn:
		words = "waits"
	case n >= 0 && op == "accept":
		words = "a connection"
	}
	s.lines = append(s.lines, op+" "+words)
	return n
}

// listener is a socket that listens on loopback.
func (s *script) listener(backlog int) int {
	l := s.open(unix.AF_INET, unix.SOCK_STREAM)
	s.does("bind", l, loopback(0))
	s.does("listen", l, backlog)
	return l
}

// connected are both ends of a connection.
func (s *script) connected() (client, server int) {
	l := s.listener(8)
	client = s.open(unix.AF_INET, unix.SOCK_STREAM)
	s.does("connect", client, s.local(l))
	server = s.does("accept", l, nil)
	s.does("close", l, nil)
	return client, server
}

func loopback(port int) net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port} }

var socketScripts = map[string]func(s *script){
	"nobody listens": func(s *script) {
		l := s.open(unix.AF_INET, unix.SOCK_STREAM)
		s.does("bind", l, loopback(0))
		c := s.open(unix.AF_INET, unix.SOCK_STREAM)
		s.does("connect", c, s.local(l))
		s.does("connect", c, s.local(l))
		s.does("recv", c, 1)
		s.does("send", c, "x")
		s.does("shutdown", c, unix.SHUT_WR)
	},
	"not connected": func(s *script) {
		c := s.open(unix.AF_INET, unix.SOCK_STREAM)
		for _, op := range []string{"recv", "accept", "shutdown", "peer"} {
			s.does(op, c, 1)
		}
		s.does("send", c, "x")
		d := s.open(unix.AF_INET, unix.SOCK_DGRAM)
		s.does("listen", d, 1)
		s.does("accept", d, nil)
		s.does("send", d, "x")
		s.does("peer", d, nil)
		s.does("shutdown", d, unix.SHUT_WR)
		s.does("recv", 987654, 1)
	},
	"listener": func(s *script) {
		l := s.listener(4)
		s.does("connect", l, s.local(l))
		s.does("recv", l, 1)
		s.does("send", l, "x")
		s.does("listen", l, 9)
		s.does("bind", l, loopback(0))
		s.does("peer", l, nil)
		s.does("shutdown", l, unix.SHUT_RD)
		s.does("accept", l, nil)
		s.does("connect", s.open(unix.AF_INET, unix.SOCK_STREAM), s.local(l))
	},
	"datagrams of unix": func(s *script) {
		b := s.open(unix.AF_UNIX, unix.SOCK_DGRAM)
		s.does("shutdown", b, unix.SHUT_RDWR+1)
		s.does("bind", b, &net.UnixAddr{Net: "unixgram"})
		c := s.open(unix.AF_UNIX, unix.SOCK_DGRAM)
		s.does("connect", c, s.local(b))
		s.does("send", c, "x")
		s.does("recv", b, 9)
		s.does("shutdown", c, unix.SHUT_WR)
		s.does("send", c, "x")
		s.does("close", c, nil)
		e := s.open(unix.AF_UNIX, unix.SOCK_DGRAM)
		s.does("send", e, "x")
		s.does("shutdown", e, unix.SHUT_WR)
		s.does("send", e, "x")
		d := s.open(unix.AF_UNIX, unix.SOCK_DGRAM)
		s.does("shutdown", d, unix.SHUT_RD)
		s.does("connect", d, s.local(b))
		s.does("shutdown", b, unix.SHUT_RD)
		s.does("send", d, "x")
		s.does("recv", b, 9)
		s.does("close", b, nil)
		s.does("send", d, "x")
	},
	"connected twice": func(s *script) {
		c, _ := s.connected()
		s.does("connect", c, loopback(1))
		s.does("listen", c, 1)
		s.does("accept", c, nil)
		s.does("bind", c, loopback(0))
	},
	"the end": func(s *script) {
		c, v := s.connected()
		s.does("send", v, "bye")
		s.does("close", v, nil)
		s.does("recv", c, 9)
		s.does("recv", c, 9)
		s.does("recv", c, 9)
		s.does("send", c, "x")
		s.does("send", c, "x")
		s.does("recv", c, 9)
		s.does("send", c, "x")
		s.does("peer", c, nil)
		s.does("shutdown", c, unix.SHUT_WR)
	},
	"the end, then a read": func(s *script) {
		c, v := s.connected()
		s.does("close", v, nil)
		s.does("send", c, "x")
		s.does("recv", c, 9)
		s.does("recv", c, 9)
		s.does("send", c, "x")
	},
	"unread": func(s *script) {
		c, v := s.connected()
		s.does("send", c, "nobody reads this")
		s.does("send", v, "but this")
		s.does("close", v, nil)
		s.does("recv", c, 99)
		s.does("recv", c, 99)
		s.does("recv", c, 99)
		s.does("send", c, "x")
		s.does("peer", c, nil)
	},
	"reset, then a write": func(s *script) {
		c, v := s.connected()
		s.does("linger", v, 0)
		s.does("close", v, nil)
		s.does("send", c, "x")
		s.does("send", c, "x")
		s.does("recv", c, 9)
		s.does("shutdown", c, unix.SHUT_RDWR)
	},
	"half closed": func(s *script) {
		c, v := s.connected()
		s.does("shutdown", c, unix.SHUT_WR)
		s.does("send", c, "x")
		s.does("recv", v, 9)
		s.does("send", v, "still")
		s.does("recv", c, 9)
		s.does("shutdown", c, unix.SHUT_WR)
		s.does("shutdown", c, 3)
		s.does("close", v, nil)
		s.does("recv", c, 9)
		s.does("shutdown", c, unix.SHUT_RD)
	},
	"deaf": func(s *script) {
		c, v := s.connected()
		s.does("shutdown", c, unix.SHUT_RD)
		s.does("recv", c, 9)
		s.does("send", v, "x")
		s.does("recv", c, 9)
		s.does("recv", c, 9)
		s.does("send", c, "x")
		s.does("recv", v, 9)
	},
	"a backlog that is closed": func(s *script) {
		l := s.listener(8)
		c := s.open(unix.AF_INET, unix.SOCK_STREAM)
		s.does("connect", c, s.local(l))
		s.does("send", c, "x")
		s.does("close", l, nil)
		s.does("recv", c, 9)
		s.does("send", c, "x")
	},
	"port in use": func(s *script) {
		l := s.listener(8)
		for _, opts := range [][]string{nil, {"reuseaddr"}, {"reuseport"}} {
			t := s.open(unix.AF_INET, unix.SOCK_STREAM)
			for _, o := range opts {
				s.does(o, t, nil)
			}
			s.does("bind", t, s.local(l))
		}
		a, b := s.open(unix.AF_INET, unix.SOCK_STREAM), s.open(unix.AF_INET, unix.SOCK_STREAM)
		s.does("reuseaddr", a, nil)
		s.does("reuseaddr", b, nil)
		s.does("bind", a, loopback(0))
		s.does("bind", b, s.local(a))
		s.does("listen", a, 1)
		s.does("listen", b, 1)
		six := s.open(unix.AF_INET6, unix.SOCK_STREAM)
		s.does("bind", six, &net.TCPAddr{IP: net.IPv6zero, Port: s.local(a).(*net.TCPAddr).Port})
		s.does("bind", s.open(unix.AF_INET, unix.SOCK_STREAM), &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 0})
		s.does("bind", s.open(unix.AF_INET, unix.SOCK_STREAM), &net.TCPAddr{IP: net.IPv6loopback, Port: 0})
	},
	"full backlog": func(s *script) {
		l := s.listener(0)
		for range 4 { // Linux has room for one more than it was told, or two
			s.call("connect", s.open(unix.AF_INET, unix.SOCK_STREAM), s.local(l))
		}
		s.does("connect", s.open(unix.AF_INET, unix.SOCK_STREAM), s.local(l))
		s.does("accept", l, nil)
	},
	"datagrams": func(s *script) {
		d := s.open(unix.AF_INET, unix.SOCK_DGRAM)
		nobody := s.open(unix.AF_INET, unix.SOCK_DGRAM)
		s.does("bind", nobody, loopback(0))
		gone := s.local(nobody)
		s.does("close", nobody, nil)
		s.does("connect", d, gone)
		s.does("send", d, "x")
		s.does("send", d, "x")
		s.does("send", d, "x")
		s.does("recv", d, 9)
		s.does("recv", d, 9)
		s.does("send", d, strings.Repeat("x", 65508))
		s.does("send", d, "")
		e := s.open(unix.AF_INET, unix.SOCK_DGRAM)
		s.does("bind", e, loopback(0))
		s.does("connect", d, s.local(e))
		s.does("recv", d, 9)
		s.does("send", d, strings.Repeat("x", 65507))
		s.does("send", d, "second")
		s.does("recv", e, 9)
		s.does("recv", e, 9)
		s.does("recv", e, 9)
		s.does("shutdown", d, unix.SHUT_RD)
		s.does("recv", d, 9)
		s.does("send", d, "x")
	},
	"unix streams": func(s *script) {
		c := s.open(unix.AF_UNIX, unix.SOCK_STREAM)
		s.does("connect", c, unixName(s, "nobody"))
		l := s.open(unix.AF_UNIX, unix.SOCK_STREAM)
		s.does("listen", l, 1)
		s.does("bind", l, unixName(s, "l"))
		s.does("bind", s.open(unix.AF_UNIX, unix.SOCK_STREAM), unixName(s, "l"))
		s.does("connect", c, unixName(s, "l"))
		s.does("listen", l, 4)
		s.does("connect", s.open(unix.AF_UNIX, unix.SOCK_SEQPACKET), unixName(s, "l"))
		s.does("connect", c, unixName(s, "l"))
		s.does("connect", c, unixName(s, "l"))
		v := s.does("accept", l, nil)
		s.does("send", v, "x")
		s.does("send", c, "unread")
		s.does("close", v, nil)
		s.does("recv", c, 9)
		s.does("recv", c, 9)
		s.does("recv", c, 9)
		s.does("send", c, "x")
	},
	"unix packets": func(s *script) {
		l := s.open(unix.AF_UNIX, unix.SOCK_SEQPACKET)
		s.does("bind", l, unixName(s, "p"))
		s.does("listen", l, 4)
		c := s.open(unix.AF_UNIX, unix.SOCK_SEQPACKET)
		s.does("connect", c, unixName(s, "p"))
		v := s.does("accept", l, nil)
		for _, text := range []string{"one", "three", "five"} {
			s.does("send", c, text)
		}
		s.does("recv", v, 2)
		s.does("recv", v, 99)
		s.does("close", c, nil)
		s.does("recv", v, 99)
		s.does("recv", v, 99)
		s.does("send", v, "x")
	},
	"unix datagrams": func(s *script) {
		a, b := s.open(unix.AF_UNIX, unix.SOCK_DGRAM), s.open(unix.AF_UNIX, unix.SOCK_DGRAM)
		s.does("send", a, "x")
		s.does("connect", a, unixName(s, "d"))
		s.does("bind", b, unixName(s, "d"))
		s.does("connect", a, unixName(s, "d"))
		s.does("send", a, "hello")
		s.does("recv", b, 2)
		s.does("send", a, "")
		s.does("recv", b, 2)
		s.does("close", b, nil)
		s.does("send", a, "x")
		s.does("connect", a, unixName(s, "d"))
	},
}

func unixName(s *script, name string) net.Addr {
	return &net.UnixAddr{Name: fmt.Sprintf("@sim-%d-%p-%s", os.Getpid(), s, name), Net: "unix"}
}

// TestSocketsFailAsTheKernelsDo holds a simulated host's sockets against real ones.
func TestSocketsFailAsTheKernelsDo(t *testing.T) {
	for name, steps := range socketScripts {
		t.Run(name, func(t *testing.T) {
			real := &script{machine: &kernelMachine{TB: t}}
			steps(real)
			synctest.Test(t, func(t *testing.T) {
				r := &rig{TB: t, w: New(1, Options{StreamBuffer: 256 << 10}), all: new([]*node)}
				n := r.host("a")
				simulated := &script{machine: &hostMachine{n}}
				steps(simulated)
				if !slices.Equal(real.lines, simulated.lines) {
					for i := range real.lines {
						t.Logf("%-28s %s", real.lines[i], simulated.lines[i])
					}
					t.Error("the simulated host, on the right, is not as the kernel")
				}
			})
		})
	}
}

// A hostMachine is a simulated host.
type hostMachine struct{ *node }

func (m *hostMachine) open(family, kind int) int {
	fd, err := m.s.Socket(netname.Kind{Family: family, Type: kind})
	m.must(err)
	m.must(m.s.SetNonblock(fd, false))
	return fd
}

func (m *hostMachine) local(fd int) net.Addr {
	a, err := m.s.Getsockname(fd, m.network(fd))
	m.must(err)
	return a
}

func (m *hostMachine) network(fd int) string {
	family, err := m.s.Family(fd)
	m.must(err)
	if family == unix.AF_UNIX {
		return "unix"
	}
	return "tcp"
}

func (m *hostMachine) call(op string, fd int, arg any) int {
	time.Sleep(time.Millisecond)
	switch op {
	case "bind":
		return m.told(m.s.Bind(fd, m.family(fd), arg.(net.Addr)))
	case "listen":
		return m.told(m.s.Listen(fd, max(arg.(int), 1)))
	case "reuseaddr":
		return m.told(m.s.SetReuseAddr(fd))
	case "reuseport":
		return m.told(m.s.SetReusePort(fd))
	case "linger":
		return m.told(m.s.SetLinger(fd, arg.(int)))
	case "peer":
		_, err := m.s.Getpeername(fd, m.network(fd))
		return m.told(err)
	}
	return m.under(map[string]func() backend.Request{
		"connect":  func() backend.Request { return connect(fd, rawAddress(arg.(net.Addr))) },
		"accept":   func() backend.Request { return accept(fd) },
		"send":     func() backend.Request { return send(fd, arg.(string), 0) },
		"recv":     func() backend.Request { return recv(fd, make([]byte, arg.(int)), 0) },
		"shutdown": func() backend.Request { return shutdown(fd, uint32(arg.(int))) },
		"close":    func() backend.Request { return closeFD(fd) },
	}[op]())
}

func (m *hostMachine) family(fd int) int {
	family, err := m.s.Family(fd)
	m.must(err)
	return family
}

// under is an operation's result within half a second.
func (m *hostMachine) under(r backend.Request) int {
	token := m.start(r)
	m.pass(500 * time.Millisecond)
	if e, ok := m.events[token]; ok {
		return e.Result
	}
	m.cancel(token)
	m.wait(token)
	return waitsOn
}

// told is an error as a result.
func (m *hostMachine) told(err error) int { return toldOf(err) }

func toldOf(err error) int {
	for err != nil {
		if errno, ok := err.(syscall.Errno); ok {
			return -int(errno)
		}
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			return -int(syscall.EAFNOSUPPORT) // told before it was tried
		}
		err = u.Unwrap()
	}
	return 0
}

// A kernelMachine is the one that the test runs on.
type kernelMachine struct{ testing.TB }

func (m *kernelMachine) open(family, kind int) int {
	fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		m.Fatal(err)
	}
	m.Cleanup(func() { _ = unix.Close(fd) }) // it may be closed already, and is nobody else's then
	return fd
}

func (m *kernelMachine) local(fd int) net.Addr {
	sa, err := unix.Getsockname(fd)
	if err != nil {
		m.Fatal(err)
	}
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port)))
	case *unix.SockaddrUnix:
		return &net.UnixAddr{Name: sa.Name, Net: "unix"}
	}
	m.Fatalf("address %v", sa)
	return nil
}

// sockaddrFor is an address for the calls of package unix.
func (m *kernelMachine) sockaddrFor(a net.Addr) unix.Sockaddr {
	if u, ok := a.(*net.UnixAddr); ok {
		return &unix.SockaddrUnix{Name: u.Name}
	}
	ap := sockaddr.AddrPort(rawAddress(a))
	if ap.Addr().Is4() {
		return &unix.SockaddrInet4{Addr: ap.Addr().As4(), Port: int(ap.Port())}
	}
	return &unix.SockaddrInet6{Addr: ap.Addr().As16(), Port: int(ap.Port())}
}

func (m *kernelMachine) call(op string, fd int, arg any) int {
	time.Sleep(time.Millisecond) // for what is on its way on loopback
	var err error
	n := 0
	switch op {
	case "bind":
		err = unix.Bind(fd, m.sockaddrFor(arg.(net.Addr)))
	case "listen":
		err = unix.Listen(fd, arg.(int))
	case "reuseaddr":
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	case "reuseport":
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	case "linger":
		err = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1, Linger: int32(arg.(int))})
	case "peer":
		_, err = unix.Getpeername(fd)
	case "shutdown":
		err = unix.Shutdown(fd, arg.(int))
	case "close":
		err = unix.Close(fd)
	default:
		n, err = m.blocking(op, fd, arg)
	}
	if err != nil {
		return toldOf(err)
	}
	return n
}

// blocking is a call that may wait, for half a second at most: it is made in non-blocking mode
// once poll says so, and connects for a time that a socket's own option bounds.
func (m *kernelMachine) blocking(op string, fd int, arg any) (n int, err error) {
	limit := unix.NsecToTimeval((500 * time.Millisecond).Nanoseconds())
	_ = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &limit) // of a closed one, the call tells
	_ = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit)
	switch op {
	case "connect":
		err = unix.Connect(fd, m.sockaddrFor(arg.(net.Addr)))
	case "accept":
		if n, _, err = unix.Accept4(fd, unix.SOCK_CLOEXEC); err == nil {
			accepted := n
			m.Cleanup(func() { _ = unix.Close(accepted) })
		}
	case "send":
		n, err = unix.SendmsgN(fd, []byte(arg.(string)), nil, nil, unix.MSG_NOSIGNAL)
	case "recv":
		n, _, err = unix.Recvfrom(fd, make([]byte, arg.(int)), 0)
	}
	if err == unix.EINPROGRESS || err == unix.EAGAIN {
		return waitsOn, nil
	}
	return n, err
}
