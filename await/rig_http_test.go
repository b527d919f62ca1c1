//go:build unix

package await

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
)

// A site is a server of net/http on a listener of this package, and a client
// whose connections are this package's too.
type site struct {
	kind      string
	server    *http.Server
	transport *http.Transport
	client    *http.Client
	addr      net.Addr
	url       string
}

// The kinds of site. Those of HTTP/1 have the protocol's name in front.
const (
	plain   = "http/1.1 on tcp"
	onTLS   = "http/1.1 on tls"
	onUnix  = "http/1.1 on unix"
	h2      = "http/2 on tls"
	h2plain = "http/2 on tcp"
)

var (
	http1     = []string{plain, onTLS, onUnix}
	siteKinds = []string{plain, onTLS, onUnix, h2, h2plain}
)

// eachSite runs f on a site of each kind, with a server that change has changed.
// What is left is looked for after the last: the default IO takes 100 ms to end.
func eachSite(t *testing.T, kinds []string, h http.Handler, change func(*http.Server), f func(t *testing.T, s *site)) {
	theDefault(t)
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			f(t, serve(t, kind, h, change))
		})
	}
}

// serve starts a site, which ends with t.
func serve(t *testing.T, kind string, h http.Handler, change func(*http.Server)) *site {
	t.Helper()
	network, address := "tcp4", "127.0.0.1:0"
	if kind == onUnix {
		network, address = "unix", filepath.Join(tempDir(t), "socket")
	}
	l, err := Listen(network, address)
	must(t, err)
	s := newSite(kind, l.Addr(), h)
	if kind == onTLS || kind == h2 {
		s.server.TLSConfig = testutil.TLSConfig(t)
		s.transport.TLSClientConfig = s.server.TLSConfig.Clone()
	}
	if change != nil {
		change(s.server)
	}
	served := make(chan error, 1)
	go func() { served <- s.run(l) }()
	t.Cleanup(func() {
		s.transport.CloseIdleConnections()
		_ = s.server.Close() // a test may have done so
		wantIs(t, receive(t, served, "end of Serve"), http.ErrServerClosed)
	})
	return s
}

func newSite(kind string, addr net.Addr, h http.Handler) *site {
	var p http.Protocols
	p.SetHTTP1(kind == plain || kind == onTLS || kind == onUnix)
	p.SetHTTP2(kind == h2)
	p.SetUnencryptedHTTP2(kind == h2plain)
	s := &site{kind: kind, addr: addr, url: "http://localhost"}
	if kind == onTLS || kind == h2 {
		s.url = "https://localhost"
	}
	s.server = &http.Server{Handler: h, Protocols: &p, ErrorLog: log.New(io.Discard, "", 0)}
	s.transport = &http.Transport{
		DialContext:       s.dial,
		Protocols:         &p,
		ForceAttemptHTTP2: kind == h2,
	}
	s.client = &http.Client{Transport: s.transport}
	return s
}

func (s *site) run(l net.Listener) error {
	if s.server.TLSConfig != nil {
		return s.server.ServeTLS(l, "", "")
	}
	return s.server.Serve(l)
}

// dial connects to the site, whatever its name.
func (s *site) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	return (&Dialer{}).DialContext(ctx, s.addr.Network(), s.addr.String())
}

// connect is a connection to the site that the test speaks on itself.
func (s *site) connect(t *testing.T) net.Conn {
	t.Helper()
	c, err := s.dial(background, "", "")
	must(t, err)
	t.Cleanup(func() { c.Close() })
	if s.server.TLSConfig == nil {
		return c
	}
	config := s.server.TLSConfig.Clone()
	config.NextProtos = []string{"http/1.1"}
	return tls.Client(c, config)
}

// do makes a request and returns the answer with its body, of which it wants a
// status and the protocol that the site is about.
func (s *site) do(t testing.TB, r *http.Request, status int) (*http.Response, []byte) {
	t.Helper()
	resp, err := s.client.Do(r)
	must(t, err)
	body, err := io.ReadAll(resp.Body)
	must(t, errors.Join(err, resp.Body.Close()))
	if resp.StatusCode != status {
		t.Errorf("%s %s: got %s, want %d", r.Method, r.URL, resp.Status, status)
	}
	major := 1
	if s.kind == h2 || s.kind == h2plain {
		major = 2
	}
	if resp.ProtoMajor != major {
		t.Errorf("%s %s: got %s, want version %d", r.Method, r.URL, resp.Proto, major)
	}
	return resp, body
}

// request is a request for the site.
func (s *site) request(t testing.TB, ctx context.Context, method, path string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, body)
	must(t, err)
	return r
}

// noise is n bytes that are others for each seed. They are not to be changed.
func noise(seed uint64, n int) []byte {
	from := int(seed*1021) % (1 << 20)
	return random9MiB()[from:][:n]
}

var random9MiB = sync.OnceValue(func() []byte {
	b := make([]byte, 9<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(b) // never fails
	return b
})
