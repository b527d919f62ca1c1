//go:build unix

package await

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
)

// A staying is a handler that tells that it was called, and stays until it is let
// go or its request is over.
type staying struct {
	entered chan struct{}
	release chan struct{}
	left    chan error // context.Cause, or nil
}

func newStaying() *staying {
	return &staying{make(chan struct{}, 16), make(chan struct{}), make(chan error, 16)}
}

func (h *staying) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/quick" {
		return
	}
	_, _ = io.Copy(io.Discard, r.Body) // the server watches the connection from here on
	h.entered <- struct{}{}
	select {
	case <-h.release:
		fmt.Fprint(w, "released")
		h.left <- nil
	case <-r.Context().Done():
		h.left <- context.Cause(r.Context())
		// No answer: on TLS a client says that it goes before it closes, and net/http's
		// Transport takes an answer that comes between the two, also where it cancelled.
		panic(http.ErrAbortHandler)
	}
}

// A reply is what a client's request came to.
type reply struct {
	resp *http.Response
	body string
	err  error
}

// ask makes a request in a goroutine of its own.
func (s *site) ask(r *http.Request) <-chan reply {
	c := make(chan reply, 1)
	go func() {
		resp, err := s.client.Do(r)
		if err != nil {
			c <- reply{err: err}
			return
		}
		b, err := io.ReadAll(resp.Body)
		c <- reply{resp, string(b), errors.Join(err, resp.Body.Close())}
	}()
	return c
}

// Only the server's read in the background can tell it that a client has gone.
func TestHTTPHandlerLearnsThatItsClientHasGone(t *testing.T) {
	h := newStaying()
	eachSite(t, siteKinds, h, nil, func(t *testing.T, s *site) {
		for range 5 {
			wantCancelPassesOn(t, s, h)
		}
		s.do(t, s.request(t, background, "GET", "/quick", nil), http.StatusOK)
	})
}

func TestHTTPClientTimeout(t *testing.T) {
	h := newStaying()
	eachSite(t, siteKinds, h, nil, func(t *testing.T, s *site) {
		s.client.Timeout = 50 * time.Millisecond
		got := s.ask(s.request(t, background, "GET", "/", nil))
		err := receive(t, got, "end of the request").err
		var timeout net.Error
		if !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("got error %v, want a timeout", err)
		}
		select {
		case <-h.entered:
			wantIs(t, receive(t, h.left, "end of the handler"), context.Canceled)
		default: // the machine is so slow that nothing had arrived
		}
	})
}

func TestHTTPShutdownWaitsForWhatIsActive(t *testing.T) {
	eachSiteStaying(t, siteKinds, func(t *testing.T, s *site, h *staying) {
		var idle net.Conn
		if s.kind == plain || s.kind == onUnix {
			idle = s.connect(t)
			ask(t, idle, "GET /quick HTTP/1.1\r\nHost: localhost\r\n\r\n", http.StatusOK)
		}
		got := s.ask(s.request(t, background, "GET", "/", nil))
		receive(t, h.entered, "request")
		down := make(chan error, 1)
		go func() { down <- s.server.Shutdown(background) }()
		testutil.Eventually(t, patience, func() bool { return !s.listens() }, "no connection is accepted")
		if idle != nil {
			wantGone(t, idle)
		}
		select {
		case err := <-down:
			t.Errorf("Shutdown has not waited: %v", err)
		default:
		}
		close(h.release)
		a := receive(t, got, "answer")
		if a.err != nil || a.body != "released" {
			t.Errorf("the active request got %q, %v", a.body, a.err)
		}
		s.transport.CloseIdleConnections()
		must(t, receive(t, down, "end of Shutdown"))
	})
}

// eachSiteStaying is eachSite with a handler of its own for each.
func eachSiteStaying(t *testing.T, kinds []string, f func(t *testing.T, s *site, h *staying)) {
	theDefault(t)
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			h := newStaying()
			f(t, serve(t, kind, h, nil), h)
		})
	}
}

// listens reports whether the site takes connections.
func (s *site) listens() bool {
	c, err := s.dial(background, "", "")
	if err == nil {
		c.Close()
	}
	return err == nil
}

// ask sends a request by hand, and reads the answer.
func ask(t *testing.T, c net.Conn, request string, status int) *bufio.Reader {
	t.Helper()
	_, err := io.WriteString(c, request)
	must(t, err)
	r := bufio.NewReader(c)
	resp, err := http.ReadResponse(r, nil)
	must(t, err)
	_, err = io.Copy(io.Discard, resp.Body)
	must(t, errors.Join(err, resp.Body.Close()))
	if resp.StatusCode != status {
		t.Errorf("got %s, want %d", resp.Status, status)
	}
	return r
}

// wantGone wants the peer to end the connection, and returns its last words.
func wantGone(t *testing.T, c net.Conn) string {
	t.Helper()
	must(t, c.SetReadDeadline(time.Now().Add(patience)))
	b, err := io.ReadAll(c)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the server has not gone, but says %q", b)
	}
	return string(b)
}

func TestHTTPServerCloseCuts(t *testing.T) {
	eachSiteStaying(t, siteKinds, func(t *testing.T, s *site, h *staying) {
		got := s.ask(s.request(t, background, "GET", "/", nil))
		receive(t, h.entered, "request")
		must(t, s.server.Close())
		if a := receive(t, got, "end of the request"); a.err == nil {
			t.Errorf("the request got %s, want an error", a.resp.Status)
		}
		wantIs(t, receive(t, h.left, "end of the handler"), context.Canceled)
	})
}

func TestHTTPServerTimeouts(t *testing.T) {
	const short = 500 * time.Millisecond // the handshake of TLS is within it
	set := func(s *http.Server) { s.ReadHeaderTimeout, s.IdleTimeout = short, short }
	eachSite(t, http1, http.HandlerFunc(echoBody), set, func(t *testing.T, s *site) {
		t.Run("half a request", func(t *testing.T) {
			c := s.connect(t)
			_, err := io.WriteString(c, "GET / HTTP/1.1\r\nHo")
			must(t, err)
			wantGone(t, c) // some versions of Go say 400 before
		})
		t.Run("idle", func(t *testing.T) {
			c := s.connect(t)
			r := ask(t, c, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", http.StatusOK)
			if words := wantGone(t, c); words != "" || r.Buffered() != 0 {
				t.Errorf("after the answer there is %q", words)
			}
		})
	})
}

// A body that stays away, with limits on all of the request and of the answer. The limit
// is for the handshake of TLS too, and runs until the client has sent the request: that
// must have happened.
func TestHTTPReadTimeout(t *testing.T) {
	failed := make(chan error, 1)
	h := func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		failed <- err
	}
	set := func(s *http.Server) {
		s.ReadTimeout, s.ReadHeaderTimeout, s.WriteTimeout = 500*time.Millisecond, patience, patience
	}
	eachSite(t, http1, http.HandlerFunc(h), set, func(t *testing.T, s *site) {
		c := s.connect(t)
		_, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf")
		must(t, err)
		wantIs(t, receive(t, failed, "end of the body"), os.ErrDeadlineExceeded)
	})
}

func TestHTTPMaxHeaderBytes(t *testing.T) {
	set := func(s *http.Server) { s.MaxHeaderBytes = 1000 }
	eachSite(t, http1, http.HandlerFunc(echoBody), set, func(t *testing.T, s *site) {
		r := s.request(t, background, "GET", "/", nil)
		r.Header.Set("Large", string(bytes.Repeat([]byte("x"), 10_000)))
		s.do(t, r, http.StatusRequestHeaderFieldsTooLarge)
	})
}

// The handler's own deadlines.
func TestHTTPResponseController(t *testing.T) {
	failed := make(chan error, 1)
	h := func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		now := time.Now()
		if r.URL.Path == "/read" {
			err := control.SetReadDeadline(now.Add(20 * time.Millisecond))
			_, readErr := io.Copy(io.Discard, r.Body)
			failed <- errors.Join(err, readErr)
			return
		}
		err := control.SetWriteDeadline(now.Add(20 * time.Millisecond))
		for b := noise(6, 1<<16); err == nil; {
			_, err = w.Write(b)
		}
		failed <- err
	}
	eachSite(t, siteKinds, http.HandlerFunc(h), nil, func(t *testing.T, s *site) {
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		r, w := io.Pipe()
		got := s.ask(s.request(t, ctx, "POST", "/read", r))
		wantIs(t, receive(t, failed, "end of the body"), os.ErrDeadlineExceeded)
		cancel()
		must(t, w.Close())
		receive(t, got, "end of the request")

		if s.kind == onTLS {
			return // crypto/tls takes five seconds to say goodbye to one that does not read
		}
		resp, err := s.client.Do(s.request(t, background, "GET", "/write", nil))
		if err == nil { // and nothing reads the body
			defer resp.Body.Close()
		}
		if err := receive(t, failed, "end of the answer"); s.kind != h2 && s.kind != h2plain {
			wantIs(t, err, os.ErrDeadlineExceeded)
		} else if err == nil {
			t.Error("the answer has no end")
		}
	})
}

// wantCancelPassesOn wants the handler h behind s to learn that a client of s
// has gone.
func wantCancelPassesOn(t *testing.T, s *site, h *staying) {
	t.Helper()
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	got := s.ask(s.request(t, ctx, "POST", "/stay", bytes.NewReader(noise(5, 1000))))
	receive(t, h.entered, "request")
	cancel()
	wantIs(t, receive(t, got, "end of the request").err, context.Canceled)
	wantIs(t, receive(t, h.left, "end of the handler"), context.Canceled)
}
