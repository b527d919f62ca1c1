//go:build unix

package sim

import (
	"net"
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/netname"
	"github.com/awaitio/awaitio/internal/sockaddr"
)

const (
	tcp      = unix.SOCK_STREAM
	dgram    = unix.SOCK_DGRAM
	dontWait = unix.MSG_DONTWAIT
	waitAll  = unix.MSG_WAITALL
)

// numbered are what a node sends another as datagrams, and which of them come in which order.
func numbered(a, b *node, count int) (got []int) {
	from, to := a.socket(dgram, a.at(1)), b.socket(dgram, b.at(1))
	a.want(0, connect(from, rawOf(b.at(1))))
	for i := range count {
		a.want(1, send(from, string([]byte{byte(i)}), 0))
		a.pass(time.Millisecond)
	}
	a.pass(time.Minute)
	for buf := make([]byte, 1); b.do(recv(to, buf, dontWait)) == 1; {
		got = append(got, int(buf[0]))
	}
	return got
}

func TestDatagramsAreLostRepeatedAndOvertaken(t *testing.T) {
	tests := map[string]struct {
		c    LinkConfig
		fits func(got []int) bool
	}{
		"perfect": {LinkConfig{}, func(got []int) bool { return len(got) == 200 && slices.IsSorted(got) }},
		"loss": {LinkConfig{Loss: 0.3}, func(got []int) bool {
			return len(got) > 100 && len(got) < 180 && slices.IsSorted(got)
		}},
		"duplicate": {LinkConfig{Duplicate: 0.3}, func(got []int) bool {
			once := slices.Compact(slices.Sorted(slices.Values(got)))
			return len(got) > 220 && len(got) < 300 && len(once) == 200
		}},
		"reorder": {LinkConfig{Reorder: 0.3}, func(got []int) bool { return len(got) == 200 && !slices.IsSorted(got) }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.c.Latency = Fixed(hop)
			inHosts(t, Options{Link: tt.c}, func(a, b *node) {
				if got := numbered(a, b, 200); !tt.fits(got) {
					t.Errorf("got %d: %v", len(got), got)
				}
			})
		})
	}
}

func TestDatagramsToNobodyAreRefused(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		fd := a.socket(dgram, a.at(0))
		a.want(0, connect(fd, rawOf(b.at(9))))
		a.want(1, send(fd, "x", 0))
		took(t, 2*hop, func() { a.want(refusal, recv(fd, make([]byte, 1), 0)) })
		a.want(1, send(fd, "x", 0))
		b.h.Crash()
		a.pass(time.Minute)
		a.want(1, send(fd, "x", 0)) // the refusal of the last did not get through
		a.wantErrno(syscall.EMSGSIZE, send(fd, string(make([]byte, datagramMax+1)), 0))
		a.wantErrno(syscall.ENETUNREACH, connect(fd, rawOf(netip.MustParseAddrPort("192.0.2.1:1"))))
		a.want(0, connect(fd, rawOf(netip.MustParseAddrPort("10.0.8.8:1"))))
		a.want(1, send(fd, "x", 0)) // nobody has it, and nobody says so
	})
}

// TestAnswersComeFromTheAddressAsked has sockets at the wildcard send and receive, of both
// versions of IP.
func TestAnswersComeFromTheAddressAsked(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		any6 := b.socket(dgram, netip.MustParseAddrPort("[::]:5"))
		for _, tt := range []struct{ to, from string }{
			{"10.0.0.2:5", "[::ffff:10.0.0.1]:6"}, {"[fd00::2]:5", "[fd00::1]:6"},
		} {
			to := netip.MustParseAddrPort(tt.to)
			c := a.socket(dgram, netip.AddrPortFrom(a.h.Addrs()[(family(to)-unix.AF_INET)/(unix.AF_INET6-unix.AF_INET)], 6))
			a.want(2, sendMsg(c, &backend.Message{Buffers: [][]byte{[]byte("hi")}, Name: rawOf(to)}))
			m := &backend.Message{Buffers: [][]byte{make([]byte, 9)}, Name: make([]byte, sockaddr.Room)}
			b.want(2, recvMsg(any6, m))
			if got := sockaddr.AddrPort(m.Name[:m.NameLen]); got.String() != tt.from {
				t.Errorf("from %v, want %s", got, tt.from)
			}
			b.want(2, sendMsg(any6, &backend.Message{Buffers: [][]byte{[]byte("yo")}, Name: m.Name[:m.NameLen]}))
			a.want(0, connect(c, rawOf(to)))
			a.want(2, recv(c, make([]byte, 9), 0))
			a.want(0, closeFD(c))
		}
	})
}

func TestStreamsOfBothVersionsAtTheWildcard(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		l := b.socket(tcp, netip.MustParseAddrPort("[::]:80"))
		b.must(b.s.Listen(l, 0))
		for to, peer := range map[string]string{"10.0.0.2:80": "10.0.0.1", "[fd00::2]:80": "fd00::1"} {
			c := a.socket(tcp, netip.AddrPort{})
			if to[0] == '[' {
				c = a.socket(tcp, netip.MustParseAddrPort("[::]:0"))
			}
			a.want(0, connect(c, rawOf(netip.MustParseAddrPort(to))))
			got, err := b.s.Getpeername(b.do(accept(l)), "tcp")
			if err != nil || got.(*net.TCPAddr).IP.String() != peer {
				t.Errorf("a connection to %s is from %v, %v, want %s", to, got, err, peer)
			}
		}
	})
}

// bindErrno is what a bind is answered, of a socket with options.
func (n *node) bindErrno(kind int, at string, options ...func(fd int) error) (int, error) {
	n.Helper()
	a := netip.MustParseAddrPort(at)
	fd, err := n.s.Socket(netname.Kind{Family: family(a), Type: kind, V6Only: false})
	n.must(err)
	for _, set := range options {
		n.must(set(fd))
	}
	if kind == tcp {
		return fd, n.s.Bind(fd, family(a), net.TCPAddrFromAddrPort(a))
	}
	return fd, n.s.Bind(fd, family(a), net.UDPAddrFromAddrPort(a))
}

func TestBind(t *testing.T) {
	inHosts(t, Options{}, func(a, _ *node) {
		try := func(want syscall.Errno, kind int, at string, options ...func(int) error) int {
			t.Helper()
			fd, err := a.bindErrno(kind, at, options...)
			if want == 0 && err != nil || want != 0 && err != error(want) && !isErrno(err, want) {
				t.Errorf("bind to %s: %v, want %v", at, err, want)
			}
			return fd
		}
		l := try(0, tcp, "0.0.0.0:80")
		try(syscall.EADDRINUSE, tcp, "0.0.0.0:80")
		try(syscall.EADDRINUSE, tcp, "10.0.0.1:80")
		try(syscall.EADDRINUSE, tcp, "[::]:80") // which takes IPv4 too
		try(0, tcp, "[::1]:80")
		try(0, dgram, "0.0.0.0:80")
		try(syscall.EADDRNOTAVAIL, tcp, "10.0.0.2:81") // another's
		try(syscall.EADDRINUSE, tcp, "10.0.0.1:80", a.s.SetReuseAddr)
		a.must(a.s.Listen(l, 0))
		a.want(0, closeFD(l))

		first := try(0, tcp, "10.0.0.1:90", a.s.SetReuseAddr)
		second := try(0, tcp, "10.0.0.1:90", a.s.SetReuseAddr) // neither listens
		a.must(a.s.Listen(first, 0))
		if err := a.s.Listen(second, 0); !isErrno(err, syscall.EADDRINUSE) {
			t.Errorf("a second listener: %v", err)
		}
		try(syscall.EADDRINUSE, tcp, "10.0.0.1:90", a.s.SetReuseAddr)
		for range 2 {
			fd := try(0, tcp, "10.0.0.1:91", a.s.SetReusePort)
			a.must(a.s.Listen(fd, 0))
		}
		try(0, dgram, "10.0.0.1:92", a.s.SetReuseAddr)
		try(0, dgram, "10.0.0.1:92", a.s.SetReuseAddr)
		fd := try(0, tcp, "10.0.0.1:0")
		if err := a.s.Bind(fd, unix.AF_INET, &net.TCPAddr{IP: net.IPv4zero, Port: 93}); !isErrno(err, syscall.EINVAL) {
			t.Errorf("a second bind: %v", err)
		}
	})
}

func isErrno(err error, want syscall.Errno) bool {
	for err != nil {
		if err == error(want) {
			return true
		}
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			return false
		}
		err = u.Unwrap()
	}
	return false
}

// TestListenersShareAPort has SO_REUSEPORT spread connections, each client to one.
func TestListenersShareAPort(t *testing.T) {
	inHosts(t, Options{}, func(a, b *node) {
		var listeners []int
		for range 2 {
			fd, err := b.bindErrno(tcp, "0.0.0.0:80", b.s.SetReusePort)
			b.must(err)
			b.must(b.s.Listen(fd, 0))
			listeners = append(listeners, fd)
		}
		for range 40 {
			_, connected := a.dial(b.at(80))
			a.wantEvent(connected, 0)
		}
		b.pass(time.Second)
		counts := [2]int{}
		for i, l := range listeners {
			for waits := b.start(accept(l)); ; waits = b.start(accept(l)) {
				if b.reap(); b.events[waits].Token != waits {
					b.cancel(waits)
					b.wantEvent(waits, canceled)
					break
				}
				counts[i]++
			}
		}
		if counts[0]+counts[1] != 40 || counts[0] < 5 || counts[1] < 5 {
			t.Errorf("the listeners have %v of 40", counts)
		}
	})
}

func TestPortsRunOut(t *testing.T) {
	inHosts(t, Options{}, func(a, _ *node) {
		a.w.enter()
		defer a.w.leave()
		seen := map[uint16]bool{}
		for range portLast - portFirst + 1 {
			s := a.s.makeSocket(unix.AF_INET, tcp)
			if errno := a.s.bind(s, endpointAt(netip.MustParseAddrPort("0.0.0.0:0"))); errno != 0 {
				t.Fatal(errno)
			}
			seen[s.local.ip.Port()] = true
		}
		s := a.s.makeSocket(unix.AF_INET, tcp)
		if errno := a.s.bind(s, endpointAt(netip.MustParseAddrPort("0.0.0.0:0"))); errno != syscall.EADDRINUSE {
			t.Errorf("one too many: %v", errno)
		}
		if len(seen) != portLast-portFirst+1 {
			t.Errorf("%d different ports", len(seen))
		}
	})
}

func TestMulticast(t *testing.T) {
	inWorld(t, slow, func(r *rig) {
		a, b, c := r.host("a"), r.host("b"), r.host("c")
		group := netip.MustParseAddrPort("239.1.2.3:9")
		var fds []int
		for _, n := range []*node{a, b, c} {
			fd := n.socket(dgram, netip.AddrPortFrom(netip.IPv4Unspecified(), 9))
			n.must(n.s.ReceiveGroup(fd, nil, group.Addr().AsSlice()))
			fds = append(fds, fd)
		}
		took(t, hop, func() {
			a.want(2, sendMsg(fds[0], &backend.Message{Buffers: [][]byte{[]byte("hi")}, Name: rawOf(group)}))
			b.want(2, recv(fds[1], make([]byte, 9), 0))
		})
		c.pass(time.Second)
		c.want(2, recv(fds[2], make([]byte, 9), dontWait))
		a.want(-int(syscall.EAGAIN), recv(fds[0], make([]byte, 9), dontWait))
		b.want(0, closeFD(fds[1]))
		a.want(2, sendMsg(fds[0], &backend.Message{Buffers: [][]byte{[]byte("hi")}, Name: rawOf(group)}))
		if err := a.s.ReceiveGroup(fds[0], nil, net.IPv4(10, 0, 0, 1)); !isErrno(err, syscall.EINVAL) {
			t.Errorf("a group that is none: %v", err)
		}
	})
}

func TestUnixSockets(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		unixAddr := func(name string) *net.UnixAddr { return &net.UnixAddr{Name: name, Net: "unix"} }
		open := func(n *node, kind int, name string) int {
			fd, err := n.s.Socket(netname.Kind{Family: unix.AF_UNIX, Type: kind})
			n.must(err)
			if name != "-" {
				n.must(n.s.Bind(fd, unix.AF_UNIX, unixAddr(name)))
			}
			return fd
		}
		l := open(a, unix.SOCK_SEQPACKET, "/s")
		a.onePlace(l)
		c := open(a, unix.SOCK_SEQPACKET, "-")
		other := open(b, tcp, "-")
		b.wantErrno(syscall.ENOENT, connect(other, rawAddress(unixAddr("/s")))) // of another host
		a.wantErrno(syscall.EPROTOTYPE, connect(open(a, tcp, "-"), rawAddress(unixAddr("/s"))))
		a.want(0, connect(c, rawAddress(unixAddr("/s"))))
		a.wantErrno(syscall.EAGAIN, connect(open(a, unix.SOCK_SEQPACKET, "-"), rawAddress(unixAddr("/s"))))
		s := a.do(accept(l))
		for _, text := range []string{"one", "two", ""} {
			a.want(len(text), send(c, text, 0))
		}
		buf := make([]byte, 2)
		m := &backend.Message{Buffers: [][]byte{buf}}
		a.want(2, recvMsg(s, m))
		if string(buf) != "on" || m.Flags&unix.MSG_TRUNC == 0 {
			t.Errorf("got %q, %+v", buf, m)
		}
		a.want(3, recv(s, make([]byte, 9), 0))
		a.want(0, recv(s, make([]byte, 9), 0))
		a.wantErrno(syscall.EMSGSIZE, send(c, string(make([]byte, streamBufferDefault+1)), 0))
		if err := a.s.Bind(open(a, dgram, "-"), unix.AF_UNIX, unixAddr("/s")); !isErrno(err, syscall.EADDRINUSE) {
			t.Errorf("a name twice: %v", err)
		}

		x, y := open(a, dgram, "/x"), open(a, dgram, "")
		a.want(2, sendMsg(y, &backend.Message{Buffers: [][]byte{[]byte("hi")}, Name: rawAddress(unixAddr("/x"))}))
		m = &backend.Message{Buffers: [][]byte{make([]byte, 9)}, Name: make([]byte, sockaddr.Room)}
		a.want(2, recvMsg(x, m))
		if got := sockaddr.UnixName(m.Name[:m.NameLen]); got != "@00001" {
			t.Errorf("from %q", got)
		}
		a.wantErrno(syscall.ENOTCONN, send(y, "x", 0))
		a.want(0, connect(y, rawAddress(unixAddr("/x"))))
		a.must(a.s.SetReadBuffer(x, bufferMin))
		a.must(a.s.SetWriteBuffer(y, bufferMin))
		for range 4 {
			a.want(1000, send(y, string(make([]byte, 1000)), 0))
		}
		full := a.start(send(y, string(make([]byte, 1000)), 0))
		a.pass(time.Second)
		a.pending(full)
		a.want(1000, recv(x, make([]byte, 1000), 0))
		a.wantEvent(full, 1000)
		a.want(0, closeFD(x))
		a.wantErrno(syscall.ECONNREFUSED, send(y, "x", 0))
	})
}

func TestOptionsAreKept(t *testing.T) {
	inHosts(t, Options{}, func(a, b *node) {
		client, _ := connection(a, b)
		s := a.s.descriptors.get(client).resource.(*socket)
		for _, err := range []error{
			a.s.SetNoDelay(client, true), a.s.SetLinger(client, 7), a.s.SetKeepAliveIdle(client, time.Minute+1),
			a.s.SetKeepAlive(client, true), a.s.SetReusePort(client), a.s.SetNonblock(client, false),
		} {
			a.must(err)
		}
		o := s.options
		if !o.noDelay || !o.lingers || o.linger != 7 || !o.keepAlive || o.idle != time.Minute+time.Second || !o.reusePort {
			t.Errorf("options %+v", o)
		}
		a.must(a.s.SetKeepAliveConfig(client, net.KeepAliveConfig{Enable: true, Idle: -1, Count: 3}))
		if o = s.options; o.idle != time.Minute+time.Second || o.interval != 15*time.Second || o.count != 3 {
			t.Errorf("options %+v", o)
		}
		if a.s.IsNonblock(client) || a.s.IsDatagram(client) || a.s.UsesMultipath(client) || !a.s.Simulated() {
			t.Error("a socket is told to be what it is not")
		}
		kind, err := a.s.SocketType(client)
		fam, err2 := a.s.Family(client)
		if kind != tcp || fam != unix.AF_INET || err != nil || err2 != nil {
			t.Errorf("kind %d, family %d, %v, %v", kind, fam, err, err2)
		}
		twin, err := a.s.Dup(client)
		a.must(err)
		a.want(0, closeFD(client))
		a.must(a.s.SendNothing(twin))
		a.must(a.s.Shutdown(twin, unix.SHUT_WR))
		if err := a.s.SendNothing(twin); err != error(syscall.EPIPE) {
			t.Errorf("nothing sent after the end: %v", err)
		}
		if err := a.s.SetNoDelay(b.socket(dgram, b.at(3)), true); err == nil {
			t.Error("a socket of another host took an option")
		}
	})
}
