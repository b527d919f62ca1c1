package await

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/nettest"
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
				return connPair(t, tt.network, tt.address)
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
	cmd.Env = append(os.Environ(), "AWAIT_TLS_SUITE=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if n, want := bytes.Count(out, []byte("--- PASS: TestTLSSuite/")), strings.Count(tlsSuite, "|")+1; n != want {
		t.Errorf("%d tests passed, want %d\n%s", n, want, out)
	}
}

func TestTLSSuite(t *testing.T) {
	if os.Getenv("AWAIT_TLS_SUITE") == "" {
		t.Skip("run by TestTLSOverConnIsANetConn")
	}
	config := tlsConfig(t)
	nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
		a, b, stop, err := connPair(t, "tcp4", "127.0.0.1:0")
		if err != nil {
			return nil, nil, nil, err
		}
		return handshaken(t, tls.Client(a, config), tls.Server(b, config), stop)
	})
}

// connPair is two ends of a connection over a listener of ours.
func connPair(t testing.TB, network, address string) (a, b net.Conn, stop func(), err error) {
	if network == "unix" || network == "unixpacket" {
		address = filepath.Join(t.TempDir(), address)
	}
	l, err := Listen(network, address)
	if err != nil {
		return nil, nil, nil, err
	}
	defer l.Close()
	accepted := make(chan error, 1)
	go func() {
		var err error
		b, err = l.Accept()
		accepted <- err
	}()
	a, err = Dial(network, l.Addr().String())
	if err != nil {
		return nil, nil, nil, err
	}
	if err := <-accepted; err != nil {
		a.Close()
		return nil, nil, nil, err
	}
	return a, b, func() { a.Close(); b.Close() }, nil
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

// tlsConfig is a configuration for both ends, with a certificate of its own.
func tlsConfig(t testing.TB) *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotAfter:     time.Now().Add(time.Hour),
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:         true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		RootCAs:      roots,
		ServerName:   "localhost",
	}
}
