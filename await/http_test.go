//go:build unix

package await

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// sum is a checksum as it is put into a header.
func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// echoBody answers with the body of the request.
func echoBody(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Sum", sum(b))
	_, _ = w.Write(b) // the client sees what is missing
}

func TestHTTPUsesAConnectionAgain(t *testing.T) {
	var accepted atomic.Int32
	change := func(s *http.Server) {
		s.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				accepted.Add(1)
			}
		}
	}
	eachSite(t, siteKinds, http.HandlerFunc(echoBody), change, func(t *testing.T, s *site) {
		accepted.Store(0)
		for i := range 20 {
			var got httptrace.GotConnInfo
			ctx := httptrace.WithClientTrace(background, &httptrace.ClientTrace{
				GotConn: func(info httptrace.GotConnInfo) { got = info },
			})
			want := noise(uint64(i), i*100)
			_, body := s.do(t, s.request(t, ctx, "POST", "/", bytes.NewReader(want)), http.StatusOK)
			if !bytes.Equal(body, want) {
				t.Fatalf("request %d: the answer is not what was sent", i)
			}
			if got.Reused != (i > 0) {
				t.Errorf("request %d: connection used again: %t", i, got.Reused)
			}
			if !isOurs(got.Conn) {
				t.Errorf("the client's connection is a %T", got.Conn)
			}
		}
		if n := accepted.Load(); n != 1 {
			t.Errorf("%d connections were accepted, want 1", n)
		}
	})
}

// isOurs reports whether c is a *Conn, or TLS on one.
func isOurs(c net.Conn) bool {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	_, ok := c.(*Conn)
	return ok
}

func TestHTTPMovesLargeBodies(t *testing.T) {
	eachSite(t, siteKinds, http.HandlerFunc(echoBody), nil, func(t *testing.T, s *site) {
		want := noise(1, 2<<20) // more than a socket starts with room for
		resp, body := s.do(t, s.request(t, background, "POST", "/", bytes.NewReader(want)), http.StatusOK)
		if got := resp.Header.Get("Sum"); got != sum(want) {
			t.Error("the request's body has arrived damaged")
		}
		if !bytes.Equal(body, want) {
			t.Error("the answer's body has arrived damaged")
		}
	})
}

// unsized hides how long a body is, and gives it in small pieces.
type unsized struct{ r io.Reader }

func (u unsized) Read(p []byte) (int, error) { return u.r.Read(p[:min(len(p), 1000)]) }

func TestHTTPMovesChunks(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != -1 {
			http.Error(w, "length is known", http.StatusBadRequest)
			return
		}
		b, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("How", strings.Join(r.TransferEncoding, ","))
		for part := range slices.Chunk(b, 999) {
			_, _ = w.Write(part) // the client sees what is missing
			_ = http.NewResponseController(w).Flush()
		}
	}
	eachSite(t, siteKinds, http.HandlerFunc(h), nil, func(t *testing.T, s *site) {
		want := noise(2, 100_000)
		resp, body := s.do(t, s.request(t, background, "POST", "/", unsized{bytes.NewReader(want)}), http.StatusOK)
		if !bytes.Equal(body, want) {
			t.Error("the body has arrived damaged")
		}
		if resp.ContentLength != -1 {
			t.Errorf("the answer's length is known: %d", resp.ContentLength)
		}
		if resp.ProtoMajor == 1 && (resp.Header.Get("How") != "chunked" || !slices.Equal(resp.TransferEncoding, []string{"chunked"})) {
			t.Errorf("encodings are %q and %q, want chunked both ways", resp.Header.Get("How"), resp.TransferEncoding)
		}
	})
}

func TestHTTPTrailers(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil || r.Trailer.Get("Sum") != sum(b) {
			http.Error(w, fmt.Sprint(err, r.Trailer), http.StatusBadRequest)
			return
		}
		w.Header().Set("Trailer", "Sum")
		_, _ = w.Write(b) // the client sees what is missing
		w.Header().Set("Sum", sum(b))
		w.Header().Set(http.TrailerPrefix+"Late", "yes")
	}
	eachSite(t, siteKinds, http.HandlerFunc(h), nil, func(t *testing.T, s *site) {
		want := noise(3, 50_000)
		r := s.request(t, background, "POST", "/", unsized{bytes.NewReader(want)})
		r.Trailer = http.Header{"Sum": {sum(want)}}
		resp, body := s.do(t, r, http.StatusOK)
		if got := resp.Trailer.Get("Sum"); got != sum(want) || got != sum(body) {
			t.Errorf("the trailer's sum is %q", got)
		}
		if resp.Trailer.Get("Late") != "yes" {
			t.Error("a trailer that was not announced is missing")
		}
	})
}

// A body that has to wait for the server's word for it.
func TestHTTPExpectContinue(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/refused" {
			w.WriteHeader(http.StatusExpectationFailed)
			return
		}
		echoBody(w, r)
	}
	eachSite(t, siteKinds, http.HandlerFunc(h), nil, func(t *testing.T, s *site) {
		s.transport.ExpectContinueTimeout = patience
		want := noise(4, 10_000)
		for _, path := range []string{"/accepted", "/refused", "/accepted"} {
			body := &counting{r: bytes.NewReader(want)}
			var asked atomic.Bool
			ctx := httptrace.WithClientTrace(background, &httptrace.ClientTrace{
				Got100Continue: func() { asked.Store(true) },
			})
			r := s.request(t, ctx, "POST", path, body)
			r.ContentLength = int64(len(want))
			r.Header.Set("Expect", "100-continue")
			if path == "/refused" {
				s.do(t, r, http.StatusExpectationFailed)
				if n := body.n.Load(); n != 0 || asked.Load() {
					t.Errorf("refused: %d bytes of the body were read; asked for them: %t", n, asked.Load())
				}
				continue
			}
			if _, got := s.do(t, r, http.StatusOK); !bytes.Equal(got, want) || !asked.Load() {
				t.Errorf("accepted: %d bytes came back; asked for them: %t", len(got), asked.Load())
			}
		}
	})
}

// counting counts what is read.
type counting struct {
	r io.Reader
	n atomic.Int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// An answer that begins before the request's end: each side waits for the
// other's part.
func TestHTTPFullDuplex(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if err := control.EnableFullDuplex(); err != nil && r.ProtoMajor == 1 {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusOK)
		_ = control.Flush() // the client sees that nothing comes
		b := make([]byte, 100)
		for {
			n, err := r.Body.Read(b)
			_, _ = w.Write(b[:n])
			_ = control.Flush()
			if err != nil {
				return
			}
		}
	}
	eachSite(t, siteKinds, http.HandlerFunc(h), nil, func(t *testing.T, s *site) {
		ctx, cancel := context.WithTimeout(background, patience)
		defer cancel()
		r, w := io.Pipe()
		resp, err := s.client.Do(s.request(t, ctx, "POST", "/", r))
		must(t, err)
		defer resp.Body.Close()
		for i := range 200 {
			want := noise(uint64(i), 1+i%100)
			_, err := w.Write(want)
			must(t, err)
			got := make([]byte, len(want))
			_, err = io.ReadFull(resp.Body, got)
			must(t, err)
			if !bytes.Equal(got, want) {
				t.Fatalf("part %d is damaged", i)
			}
		}
		must(t, w.Close())
		if n, err := io.Copy(io.Discard, resp.Body); n != 0 || err != nil {
			t.Errorf("at the end: %d bytes, %v", n, err)
		}
	})
}
