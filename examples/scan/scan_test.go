package main

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/awaitio/awaitio/examples/internal/program"
)

// port is one that somebody listens on until close.
func port(t *testing.T) (number string, close func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port), func() { _ = l.Close() }
}

func TestScan(t *testing.T) {
	opened, _ := port(t)
	closed, end := port(t)
	end()
	for _, c := range []struct {
		ports string
		code  int
		want  string
	}{
		{opened, 0, "open      " + opened + "\n"},
		{closed, 1, "closed    " + closed + "\n"},
		{closed + "," + opened, 0, "open      " + opened + "\nclosed    " + closed + "\n"},
	} {
		p := program.Start(t, "-timeout", program.Patience.String(), "127.0.0.1", c.ports)
		if code, got := p.Code(t), p.Stdout.String(); code != c.code || got != c.want {
			t.Errorf("%s: got exit status %d and\n%swant %d and\n%s; %s",
				c.ports, code, got, c.code, c.want, p.Stderr.String())
		}
	}
}

// All ports of the machine itself: far more than are tried at the same time.
func TestScanOfManyPorts(t *testing.T) {
	opened, _ := port(t)
	p := program.Start(t, "-timeout", program.Patience.String(), "127.0.0.1", "1-9,"+opened+",20000-23000")
	if code := p.Code(t); code != 0 || !strings.Contains(p.Stdout.String(), opened) {
		t.Errorf("got exit status %d and\n%s%s", code, p.Stdout.String(), p.Stderr.String())
	}
}
