//go:build unix

package await

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// describe is all of an error that a program may look at: its words, the types
// and fields it is made of, and what errors.Is and net.Error tell.
func describe(err error) string {
	if err == nil {
		return "no error"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%v", err)
	var netErr net.Error
	if errors.As(err, &netErr) {
		fmt.Fprintf(&b, " timeout=%v", netErr.Timeout())
	}
	if op, ok := err.(*net.OpError); ok {
		fmt.Fprintf(&b, " OpError{%s,%s,%T,%T}", op.Op, op.Net, op.Source, op.Addr)
	}
	describeCause(&b, err)
	for _, target := range []error{context.Canceled, os.ErrNotExist, net.ErrClosed} {
		if errors.Is(err, target) {
			fmt.Fprintf(&b, " is(%v)", target)
		}
	}
	return b.String()
}

func describeCause(b *strings.Builder, err error) {
	var call *os.SyscallError
	if errors.As(err, &call) {
		fmt.Fprintf(b, " SyscallError{%s}", call.Syscall)
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		fmt.Fprintf(b, " errno %d", int(errno))
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		fmt.Fprintf(b, " DNSError{%s,%s,%s,%v,%v,%v}", dns.Err, dns.Name, dns.Server, dns.IsTimeout, dns.IsTemporary, dns.IsNotFound)
	}
	var addr *net.AddrError
	if errors.As(err, &addr) {
		fmt.Fprintf(b, " AddrError{%s,%s}", addr.Err, addr.Addr)
	}
	var unknown net.UnknownNetworkError
	if errors.As(err, &unknown) {
		fmt.Fprintf(b, " UnknownNetworkError{%s}", string(unknown))
	}
}

// wantSame fails t unless both libraries' errors are alike.
func wantSame(t testing.TB, got, want error) {
	t.Helper()
	if g, w := describe(got), describe(want); g != w || got == nil {
		t.Errorf("got  %s\nwant %s", g, w)
	}
}

// needV6 skips t where there is no IPv6.
func needV6(t testing.TB) {
	t.Helper()
	l, err := outside.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skipf("no IPv6 here: %v", err)
	}
	must(t, l.Close())
}

// fullTCP is a listener on address that takes no connection any more: connects
// to it wait.
func fullTCP(t testing.TB, network, address string) net.Addr {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux leaves a connect waiting when the backlog is full")
	}
	if simulated {
		return simBusyListener(t, network, address)
	}
	l := listenFD(t, network, address)
	must(t, unix.Listen(l.fd, 1))
	for range 8 { // the first two or so get in
		fd := newTestSocket(t, l.family, unix.SOCK_STREAM)
		must(t, unix.SetNonblock(fd, true))
		if err := unix.Connect(fd, l.sockaddr); err != nil && err != unix.EINPROGRESS {
			t.Fatalf("fill the backlog: %v", err)
		}
	}
	return l.addr
}

// fullUnix is fullTCP for a unix socket.
func fullUnix(t testing.TB) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux leaves a connect waiting when the backlog is full")
	}
	path := tempDir(t) + "/full"
	if simulated {
		simBusyListener(t, "unix", path)
		return path
	}
	l := newTestSocket(t, unix.AF_UNIX, unix.SOCK_STREAM)
	must(t, unix.Bind(l, &unix.SockaddrUnix{Name: path}))
	must(t, unix.Listen(l, 0))
	for {
		fd := newTestSocket(t, unix.AF_UNIX, unix.SOCK_STREAM)
		must(t, unix.SetNonblock(fd, true))
		err := unix.Connect(fd, &unix.SockaddrUnix{Name: path})
		if err == unix.EAGAIN {
			return path
		}
		must(t, err)
	}
}

type testListener struct {
	fd, family int
	sockaddr   unix.Sockaddr
	addr       net.Addr
}

// listenFD binds a socket and does not listen yet.
func listenFD(t testing.TB, network, address string) testListener {
	t.Helper()
	a, err := net.ResolveTCPAddr(network, address)
	must(t, err)
	l := testListener{family: unix.AF_INET6}
	sa6 := &unix.SockaddrInet6{Port: a.Port}
	copy(sa6.Addr[:], a.IP.To16())
	l.sockaddr = sa6
	if ip := a.IP.To4(); ip != nil {
		l.family, l.sockaddr = unix.AF_INET, &unix.SockaddrInet4{Port: a.Port, Addr: [4]byte(ip)}
	}
	l.fd = newTestSocket(t, l.family, unix.SOCK_STREAM)
	must(t, unix.Bind(l.fd, l.sockaddr))
	l.sockaddr, err = unix.Getsockname(l.fd)
	must(t, err)
	switch sa := l.sockaddr.(type) {
	case *unix.SockaddrInet4:
		l.addr = &net.TCPAddr{IP: sa.Addr[:], Port: sa.Port}
	case *unix.SockaddrInet6:
		l.addr = &net.TCPAddr{IP: sa.Addr[:], Port: sa.Port}
	}
	return l
}

func newTestSocket(t testing.TB, family, typ int) int {
	t.Helper()
	fd, err := unix.Socket(family, typ, 0)
	must(t, err)
	unix.CloseOnExec(fd)
	own(t, fd)
	return fd
}

// A fakeDNS answers every question with the same addresses, or with none.
type fakeDNS struct{ v4, v6 []net.IP }

// resolver is a net.Resolver that asks f and nobody else.
func (f fakeDNS) resolver() *net.Resolver {
	if simulated {
		f.simulate()
	}
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go f.serve(server)
		return client, nil
	}}
}

// silentResolver is a net.Resolver that never gets an answer.
func silentResolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
}

// failingResolver is a net.Resolver that reaches nobody.
func failingResolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no way to the server")
	}}
}

// serve answers questions in the form they have over TCP.
func (f fakeDNS) serve(c net.Conn) {
	defer c.Close()
	for {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		question := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, question); err != nil {
			return
		}
		reply := f.reply(question)
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...)); err != nil {
			return
		}
	}
}

// reply is RFC 1035's answer to a message with one question.
func (f fakeDNS) reply(message []byte) []byte {
	end := 12
	for message[end] != 0 {
		end += 1 + int(message[end])
	}
	question := message[12 : end+5]
	kind := binary.BigEndian.Uint16(message[end+1:])
	ips, name := f.v4, uint16(1)
	if kind == 28 {
		ips, name = f.v6, 28
	} else if kind != 1 {
		ips = nil
	}
	code := uint16(0x8180)
	if f.v4 == nil && f.v6 == nil {
		code |= 3 // no such name
	}
	reply := append([]byte{}, message[:2]...)
	for _, word := range []uint16{code, 1, uint16(len(ips)), 0, 0} {
		reply = binary.BigEndian.AppendUint16(reply, word)
	}
	reply = append(reply, question...)
	for _, ip := range ips {
		if short := ip.To4(); short != nil {
			ip = short
		}
		for _, word := range []uint16{0xc00c, name, 1, 0, 60, uint16(len(ip))} {
			reply = binary.BigEndian.AppendUint16(reply, word)
		}
		reply = append(reply, ip...)
	}
	return reply
}
