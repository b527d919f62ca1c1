//go:build unix

package socket

import (
	"errors"
	"net"
	"os"
	"reflect"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// mustNew is a socket that t closes.
func mustNew(t *testing.T, family, typ int, nonblock bool) int {
	t.Helper()
	fd, err := New(family, typ, 0, nonblock)
	must(t, err)
	testutil.Own(t, fd)
	return fd
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantCall fails t unless err is errno of a system call.
func wantCall(t *testing.T, err error, call string, errno error) {
	t.Helper()
	var e *os.SyscallError
	if !errors.As(err, &e) || e.Syscall != call || e.Err != errno {
		t.Errorf("got %v, want %v of %s", err, errno, call)
	}
}

func TestNewIsCloseOnExecAndInItsMode(t *testing.T) {
	for _, nonblock := range []bool{false, true} {
		fd := mustNew(t, unix.AF_INET, unix.SOCK_STREAM, nonblock)
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("not close-on-exec: %#x, %v", flags, err)
		}
		flags, err = unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		if got := flags&unix.O_NONBLOCK != 0; err != nil || got != nonblock {
			t.Errorf("non-blocking is %v, %v, want %v", got, err, nonblock)
		}
	}
}

func TestErrorsNameTheCall(t *testing.T) {
	_, err := New(-1, 0, 0, false)
	wantCall(t, err, "socket", unix.EAFNOSUPPORT)
	_, err = Local(-1, "tcp")
	wantCall(t, err, "getsockname", unix.EBADF)
	_, err = Peer(mustNew(t, unix.AF_INET, unix.SOCK_STREAM, false), "tcp")
	wantCall(t, err, "getpeername", unix.ENOTCONN)
	wantCall(t, Shutdown(-1, unix.SHUT_RD), "shutdown", unix.EBADF)
	wantCall(t, Listen(-1, 0), "listen", unix.EBADF)
	wantCall(t, Bind(-1, unix.AF_INET, &net.TCPAddr{}), "bind", unix.EBADF)
	wantCall(t, SetNoDelay(-1, true), "setsockopt", unix.EBADF)
	_, err = Type(-1)
	wantCall(t, err, "getsockopt", unix.EBADF)
	_, err = Dup(-1)
	wantCall(t, err, "fcntl", unix.EBADF)
}

func TestBindListenAndName(t *testing.T) {
	for _, c := range []struct {
		family int
		addr   net.Addr
		want   net.IP
	}{
		{unix.AF_INET, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, net.IP{127, 0, 0, 1}},
		{unix.AF_INET, &net.TCPAddr{}, net.IP{0, 0, 0, 0}},
		{unix.AF_INET6, &net.TCPAddr{IP: net.IPv6loopback}, net.IPv6loopback},
		{unix.AF_INET6, &net.TCPAddr{IP: net.IPv4zero}, net.IPv6zero},
	} {
		if c.family == unix.AF_INET6 && !ProbeStack().V6 {
			t.Log("no IPv6 here")
			continue
		}
		fd := mustNew(t, c.family, unix.SOCK_STREAM, false)
		must(t, Bind(fd, c.family, c.addr))
		if Listening(fd) {
			t.Error("it listens already")
		}
		must(t, Listen(fd, 0))
		local, err := Local(fd, "tcp")
		must(t, err)
		a := local.(*net.TCPAddr)
		if !reflect.DeepEqual(a.IP, c.want) || a.Port == 0 {
			t.Errorf("%v: got %v", c.addr, a)
		}
		family, err := Family(fd)
		typ, typErr := Type(fd)
		if err != nil || typErr != nil || family != c.family || typ != unix.SOCK_STREAM || !Listening(fd) {
			t.Errorf("family %d, %v; type %d, %v; listening %v", family, err, typ, typErr, Listening(fd))
		}
	}
}

func TestBindRefusesTheOtherFamily(t *testing.T) {
	fd := mustNew(t, unix.AF_INET, unix.SOCK_STREAM, false)
	var e *net.AddrError
	for _, ip := range []net.IP{net.IPv6loopback, net.IPv6unspecified} {
		if err := Bind(fd, unix.AF_INET, &net.TCPAddr{IP: ip}); !errors.As(err, &e) {
			t.Errorf("%v: got %v, want a *net.AddrError", ip, err)
		}
	}
	if err := Bind(fd, unix.AF_INET, &net.IPAddr{}); !errors.As(err, &e) {
		t.Errorf("got %v, want a *net.AddrError", err)
	}
}

func TestDupIsTheSameSocket(t *testing.T) {
	a, b := testutil.SocketPair(t)
	copied, err := Dup(a)
	must(t, err)
	testutil.Own(t, copied)
	must(t, Shutdown(copied, unix.SHUT_WR))
	if n, err := unix.Read(b, make([]byte, 1)); n != 0 || err != nil {
		t.Errorf("got %d, %v, want the end", n, err)
	}
	family, err := Family(a)
	peer, peerErr := Peer(a, "unix")
	if family != unix.AF_UNIX || err != nil || peerErr != nil || peer.Network() != "unix" {
		t.Errorf("family %d, %v; peer %v, %v", family, err, peer, peerErr)
	}
}
