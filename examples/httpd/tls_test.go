package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
)

// certificate returns the paths of a certificate for this machine and of its
// key, and a client's settings that trust it.
func certificate(t *testing.T) (cert, key string, trust *tls.Config) {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	pair := server.TLS.Certificates[0]
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(t.TempDir(), "cert"), filepath.Join(t.TempDir(), "key")
	write(t, cert, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})))
	write(t, key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	trusted := x509.NewCertPool()
	trusted.AddCert(server.Certificate())
	return cert, key, &tls.Config{RootCAs: trusted}
}

func TestTLS(t *testing.T) {
	cert, key, trust := certificate(t)
	for _, http2 := range []bool{false, true} {
		s := serve(t, httpd{cert: cert, key: key}, map[string]string{"a.txt": "0123456789"})
		s.client.Transport = &http.Transport{TLSClientConfig: trust.Clone(), ForceAttemptHTTP2: http2}
		answer, got := s.get(t, "a.txt")
		if got != "0123456789" || (answer.ProtoMajor == 2) != http2 {
			t.Errorf("got %q by %s", got, answer.Proto)
		}
	}
}

func TestServerWithoutCertificateFails(t *testing.T) {
	h := httpd{cert: "nonsense", key: "nonsense"}
	if err := h.run(t.Context(), "127.0.0.1:0", t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want that there is no such file", err)
	}
}
