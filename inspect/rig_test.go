//go:build unix

package inspect

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/internal/testutil"
)

const patience = time.Minute

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A scene is an IO in which some calls wait: an accept, reads of connections and pipes with labels
// that try to be more than text, and sleeps.
type scene struct {
	io   *await.IO
	ends sync.WaitGroup
	stop context.CancelFunc
}

const (
	scriptLabel  = `<script>document.title="broken"</script>`
	controlLabel = "two\nlines\x1b[31m and \u202eback"
)

// newScene is a scene that t ends.
func newScene(t testing.TB) *scene {
	t.Helper()
	io, err := await.Start(await.Config{Loops: 2})
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	s := &scene{io: io, stop: stop}
	t.Cleanup(func() {
		stop()
		s.ends.Wait()
		must(t, io.Close())
	})
	s.sockets(t, ctx)
	for _, label := range []string{scriptLabel, controlLabel, "queue of orders"} {
		r, w, err := io.Pipe()
		must(t, err)
		r.SetLabel(label)
		s.later(func() { _, _ = r.ReadContext(ctx, make([]byte, 4096)); _, _ = r.Close(), w.Close() })
	}
	s.later(func() { _ = io.Sleep(ctx, time.Hour) })
	name := filepath.Join(t.TempDir(), "<img src=x onerror=alert(1)>")
	must(t, os.WriteFile(name, make([]byte, 1<<20), 0o600))
	f, err := io.Open(name)
	must(t, err)
	for off := int64(0); off < 1<<20; off += 1 << 16 {
		_, err = f.ReadAt(make([]byte, 1<<12), off)
		must(t, err)
	}
	must(t, f.Close())
	testutil.Eventually(t, patience, func() bool { return len(io.Operations(0)) >= 7 }, "the scene is set: %v", io.Operations(0))
	return s
}

func (s *scene) later(f func()) { s.ends.Go(f) }

// sockets has a listener accept, and both ends of a connection read.
func (s *scene) sockets(t testing.TB, ctx context.Context) {
	t.Helper()
	l, err := s.io.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	listener := l.(*await.Listener)
	listener.SetLabel("public API")
	accepted := make(chan *await.Conn, 1)
	s.later(func() {
		for {
			c, err := listener.AcceptContext(ctx)
			if err != nil {
				close(accepted)
				_ = l.Close()
				return
			}
			accepted <- c
		}
	})
	c, err := s.io.Dial("tcp4", l.Addr().String())
	must(t, err)
	for label, c := range map[string]*await.Conn{"upstream database": c.(*await.Conn), "client 17": testutil.Receive(t, accepted, "connection")} {
		c.SetLabel(label)
		_, err := c.Write([]byte("hello"))
		must(t, err)
		s.later(func() {
			for {
				if _, err := c.ReadContext(ctx, make([]byte, 32<<10)); err != nil {
					_ = c.Close()
					return
				}
			}
		})
	}
}

// serve serves h to this machine, until t ends.
func serve(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// get asks h as a peer would, and returns the answer.
func get(h http.Handler, target string, change func(r *http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.RemoteAddr, r.Host = "127.0.0.1:4711", "localhost:6060"
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})))
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// whole is the body of an answer in which no loop is missing: one that gets no processor for 50 ms
// does not answer either.
func whole(t testing.TB, h http.Handler, target string) (body string) {
	t.Helper()
	testutil.Eventually(t, patience, func() bool {
		body = get(h, target, nil).Body.String()
		return !strings.Contains(body, `"stalled": true`) && !strings.Contains(body, `: "stalled"`) && !strings.Contains(body, "STALLED") && !strings.Contains(body, "stood still")
	}, "all loops answer")
	return body
}

// wantIn wants each of parts in text.
func wantIn(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
}
