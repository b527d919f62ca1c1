package netsuite

import (
	"bytes"
	"crypto/tls"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/nettest"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/internal/testutil"
)

// TestConnIsANetConn runs the conformance suite for net.Conn of x/net.
func TestConnIsANetConn(t *testing.T) {
	for _, tt := range []struct{ network, address string }{
		{"tcp4", "127.0.0.1:0"},
		{"tcp6", "[::1]:0"},
		{"unix", "socket"},
	} {
		t.Run(tt.network, func(t *testing.T) {
			nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
				return pair(t, tt.network, tt.address)
			})
		})
	}
}

// tlsSuite is what crypto/tls can do over package net: a write that times out
// ends a tls.Conn for good, and the rest of the suite makes writes time out.
const tlsSuite = "BasicIO|PingPong|RacyRead|RacyWrite|ReadTimeout|WriteTimeout|PresentTimeout|CloseTimeout"

// TestTLSOverConnIsANetConn runs the part of the suite that holds for TLS, in
// another process: subtests are chosen by flag only.
func TestTLSOverConnIsANetConn(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.v",
		"-test.run", "^TestTLSSuite$/^("+tlsSuite+")$", "-test.timeout", "2m")
	cmd.Env = append(os.Environ(), "NETSUITE_TLS=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if n, want := bytes.Count(out, []byte("--- PASS: TestTLSSuite/")), strings.Count(tlsSuite, "|")+1; n != want {
		t.Errorf("%d tests passed, want %d\n%s", n, want, out)
	}
}

func TestTLSSuite(t *testing.T) {
	if os.Getenv("NETSUITE_TLS") == "" {
		t.Skip("run by TestTLSOverConnIsANetConn")
	}
	config := testutil.TLSConfig(t)
	nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
		a, b, stop, err := pair(t, "tcp4", "127.0.0.1:0")
		if err != nil {
			return nil, nil, nil, err
		}
		return handshaken(t, tls.Client(a, config), tls.Server(b, config), stop)
	})
}

// pair is two ends of a connection of package netsuite.
func pair(t testing.TB, network, address string) (a, b net.Conn, stop func(), err error) {
	if network == "unix" {
		address = filepath.Join(t.TempDir(), address)
	}
	l, err := await.Listen(network, address)
	if err != nil {
		return nil, nil, nil, err
	}
	defer l.Close()
	return testutil.ConnPair(l, await.Dial)
}

func handshaken(t testing.TB, a, b *tls.Conn, stop func()) (net.Conn, net.Conn, func(), error) {
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := b.Handshake(); err != nil {
			t.Error(err)
		}
	})
	err := a.Handshake()
	wg.Wait()
	return a, b, func() { a.Close(); b.Close(); stop() }, err
}
