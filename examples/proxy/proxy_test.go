package main

import (
	"net"
	"os"
	"regexp"
	"syscall"
	"testing"

	"github.com/awaitio/awaitio/examples/internal/program"
	"github.com/awaitio/awaitio/internal/testutil"
)

func TestCommandLine(t *testing.T) {
	program.Want(t, 0, "usage: ", "-h")
	program.Want(t, 2, "arguments needed: 2, got 1", "127.0.0.1:0")
	program.Want(t, 2, "write host:port", "127.0.0.1:0", "example")
	program.Want(t, 2, "\"99999\" is not a port", "127.0.0.1:0", "127.0.0.1:99999")
	program.Want(t, 2, "\"99999\" is not a port", "127.0.0.1:99999", "127.0.0.1:1")
	program.Want(t, 2, "may not be negative", "-grace", "-1s", "127.0.0.1:0", "127.0.0.1:1")
}

func TestTakenPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	program.Want(t, 1, "choose another port", l.Addr().String(), "127.0.0.1:1")
}

var listening = regexp.MustCompile(`(127\.0\.0\.1:\d+) -> \S+: listening`)

func TestSignalsEndTheProxy(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		p := program.Start(t, "-grace", "1ms", "127.0.0.1:0", target(t, echo))
		var found []string
		testutil.Eventually(t, program.Patience, func() bool {
			found = listening.FindStringSubmatch(p.Stderr.String())
			return found != nil || p.HasEnded()
		}, "the proxy to listen")
		if found == nil {
			t.Fatalf("ended: %s", p.Stderr.String())
		}
		s := &serving{addr: found[1]}
		mustEcho(t, s.dial(t), "hello")
		p.Signal(t, signal)
		if code := p.Code(t); code != 0 {
			t.Errorf("%v: got exit status %d, want 0; %s", signal, code, p.Stderr.String())
		}
	}
}
