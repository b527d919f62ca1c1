package main

import (
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/examples/internal/program"
	"github.com/awaitio/awaitio/internal/testutil"
)

// silent returns a port that does not answer: Linux drops what would connect to
// a socket that has as many connections waiting as it may.
func silent(t *testing.T) string {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, fd)
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*unix.SockaddrInet4).Port}
	for range 10 {
		c, err := net.DialTimeout("tcp", addr.String(), 500*time.Millisecond)
		if err != nil {
			_, port, _ := net.SplitHostPort(addr.String())
			return port
		}
		t.Cleanup(func() { _ = c.Close() })
	}
	t.Skip("a socket whose backlog is full still answers on this system")
	panic("unreachable")
}

func TestFilteredPort(t *testing.T) {
	port := silent(t)
	p := program.Start(t, "-timeout", "100ms", "127.0.0.1", port)
	if code, got := p.Code(t), p.Stdout.String(); code != 1 || got != "filtered  "+port+"\n" {
		t.Errorf("got exit status %d and %q; %s", code, got, p.Stderr.String())
	}
}

func TestInterruptStopsAtOnce(t *testing.T) {
	port := silent(t)
	p := program.Start(t, "-timeout", "1h", "127.0.0.1", port)
	testutil.Eventually(t, program.Patience, func() bool {
		return strings.Contains(p.Stderr.String(), "ports of 127.0.0.1 to try: 1\n")
	}, "the scan to begin")
	p.Signal(t, os.Interrupt)
	if code, got := p.Code(t), p.Stdout.String(); code != 1 || got != "not tried "+port+"\n" {
		t.Errorf("got exit status %d and %q; %s", code, got, p.Stderr.String())
	}
}
