//go:build unix

package await

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

func TestHTTPLoad(t *testing.T) {
	const requests, connections = 2000, 200
	var accepted atomic.Int64
	count := func(s *http.Server) {
		s.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				accepted.Add(1)
			}
		}
	}
	// The first requests wait for each other: as many as there are connections.
	gate := newGate(connections)
	h := func(w http.ResponseWriter, r *http.Request) {
		gate.pass()
		echoBody(w, r)
	}
	theDefault(t)
	s := serve(t, plain, http.HandlerFunc(h), count)
	s.transport.MaxConnsPerHost = connections
	s.transport.MaxIdleConnsPerHost = connections
	s.transport.MaxIdleConns = connections
	var wg sync.WaitGroup
	for i := range requests {
		wg.Go(func() {
			if err := s.echoes(noise(uint64(i), i%37*300)); err != nil {
				t.Errorf("request %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	// The client gives a connection up if the answer is there and its own Write has
	// not returned 50 ms later: a loaded machine may be that slow.
	if n := accepted.Load(); n < connections || n > 2*connections {
		t.Errorf("%d connections were accepted, want %d", n, connections)
	}
}

// echoes sends want and checks what comes back.
func (s *site) echoes(want []byte) error {
	resp, err := s.client.Post(s.url, "", bytes.NewReader(want))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %w", resp.Status, err)
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%d bytes came back, not the %d sent", len(got), len(want))
	}
	return nil
}

// A gate opens when so many are before it, for good.
type gate struct {
	missing atomic.Int64
	open    chan struct{}
}

func newGate(n int64) *gate {
	g := &gate{open: make(chan struct{})}
	g.missing.Store(n)
	return g
}

func (g *gate) pass() {
	if g.missing.Add(-1) == 0 {
		close(g.open)
	}
	<-g.open
}

// Many streams of one connection, whose deadlines and writes meet.
func TestHTTP2Load(t *testing.T) {
	theDefault(t)
	s := serve(t, h2, http.HandlerFunc(echoBody), nil)
	must(t, s.echoes(noise(0, 1))) // makes the connection
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			if err := s.echoes(noise(uint64(i), i%37*300)); err != nil {
				t.Errorf("request %d: %v", i, err)
			}
		})
	}
	wg.Wait()
}

// Clients that go in the middle of everything leave nothing behind.
func TestHTTPClientsThatHangUp(t *testing.T) {
	theDefault(t)
	for _, kind := range siteKinds {
		t.Run(kind, func(t *testing.T) {
			s := serve(t, kind, http.HandlerFunc(echoBody), nil)
			must(t, s.echoes(noise(0, 1))) // makes the one connection of HTTP/2
			random := seeded(t)
			var wg sync.WaitGroup
			for i := range 20 {
				read := random.Int64N(200_000)
				wg.Go(func() {
					resp, err := s.client.Post(s.url, "", bytes.NewReader(noise(uint64(i), 200_000)))
					if err != nil {
						t.Errorf("request %d: %v", i, err)
						return
					}
					_, _ = io.CopyN(io.Discard, resp.Body, read)
					resp.Body.Close()
				})
			}
			wg.Wait()
		})
	}
}
