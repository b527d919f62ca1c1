package main

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"github.com/awaitio/awaitio/examples/internal/program"
	"github.com/awaitio/awaitio/internal/testutil"
)

func TestCommandLine(t *testing.T) {
	program.Want(t, 0, "usage: ", "-h")
	program.Want(t, 2, "arguments needed: 1, got 0")
	program.Want(t, 2, "go together", "-tls-cert", "x", ".")
	program.Want(t, 1, "name a directory", "-addr", "127.0.0.1:0", filepath.Join(t.TempDir(), "missing"))
}

func TestTakenPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	program.Want(t, 1, "choose another port", "-addr", l.Addr().String(), t.TempDir())
}

var serving = regexp.MustCompile(`serving \S+ on (http://127\.0\.0\.1:\d+)`)

func TestSignalsEndTheServer(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		p := program.Start(t, "-addr", "127.0.0.1:0", t.TempDir())
		var found []string
		testutil.Eventually(t, program.Patience, func() bool {
			found = serving.FindStringSubmatch(p.Stderr.String())
			return found != nil || p.HasEnded()
		}, "the server to listen")
		if found == nil {
			t.Fatalf("ended: %s", p.Stderr.String())
		}
		client := &http.Client{Timeout: program.Patience, Transport: &http.Transport{}}
		answer, err := client.Get(found[1])
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		p.Signal(t, signal)
		if code := p.Code(t); code != 0 {
			t.Errorf("%v: got exit status %d, want 0; %s", signal, code, p.Stderr.String())
		}
		client.CloseIdleConnections()
	}
}
