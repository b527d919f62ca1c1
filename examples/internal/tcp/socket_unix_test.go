//go:build unix

package tcp

import (
	"errors"
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

func TestMain(m *testing.M) { testutil.Main(m) }

// listenOn listens on host, at a free port, until t ends.
func listenOn(t *testing.T, host string) (fd int, addr net.Addr) {
	t.Helper()
	resolved, err := net.ResolveTCPAddr("tcp", host+":0")
	if err != nil {
		t.Fatal(err)
	}
	fd, err = Listen(resolved)
	if errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.EADDRNOTAVAIL) {
		t.Skipf("no %q on this system: %v", host, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, fd)
	switch name, err := unix.Getsockname(fd); name := name.(type) {
	case *unix.SockaddrInet4:
		addr = &net.TCPAddr{IP: name.Addr[:], Port: name.Port}
	case *unix.SockaddrInet6:
		addr = &net.TCPAddr{IP: name.Addr[:], Port: name.Port}
	default:
		t.Fatalf("a socket of address %T, %v", name, err)
	}
	return fd, addr
}

func TestListen(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "[::1]", ""} {
		t.Run(host, func(t *testing.T) {
			testutil.CheckLeaks(t)
			_, addr := listenOn(t, host)
			c, err := net.Dial("tcp", addr.String())
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSocketsDoNotBlockAndAreNotInherited(t *testing.T) {
	testutil.CheckLeaks(t)
	listener, addr := listenOn(t, "127.0.0.1")
	client, err := Socket(addr.(*net.TCPAddr))
	if err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, client)
	for _, fd := range []int{listener, client} {
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0); err != nil || flags&unix.O_NONBLOCK == 0 {
			t.Errorf("got flags %#x, %v, want O_NONBLOCK", flags, err)
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("got flags %#x, %v, want FD_CLOEXEC", flags, err)
		}
	}
	if reuse, err := unix.GetsockoptInt(listener, unix.SOL_SOCKET, unix.SO_REUSEADDR); err != nil || reuse == 0 {
		t.Errorf("got SO_REUSEADDR %d, %v, want it set", reuse, err)
	}
}

func TestListenSaysWhereItFailed(t *testing.T) {
	testutil.CheckLeaks(t)
	_, taken := listenOn(t, "127.0.0.1")
	_, err := Listen(taken.(*net.TCPAddr))
	if !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("got %v, want EADDRINUSE", err)
	}
	if want := "listen on " + taken.String() + ": address already in use"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestListenRefusesAnUnknownLink(t *testing.T) {
	testutil.CheckLeaks(t)
	_, err := Listen(&net.TCPAddr{IP: net.ParseIP("fe80::1"), Zone: "no such link"})
	if err == nil {
		t.Error("listened on a link that is not there")
	}
}
