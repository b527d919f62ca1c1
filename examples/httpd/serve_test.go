package main

import (
	"context"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/examples/internal/program"
	"github.com/awaitio/awaitio/internal/testutil"
)

// A site is an httpd at work.
type site struct {
	dir, url string
	client   *http.Client
	access   program.Output
	stop     context.CancelFunc
	ended    chan struct{}
	err      error // when it has ended
}

// serve serves a directory with these files until t ends.
func serve(t *testing.T, h httpd, files map[string]string) *site {
	t.Helper()
	s := &site{dir: t.TempDir(), ended: make(chan struct{})}
	for name, text := range files {
		write(t, filepath.Join(s.dir, name), text)
	}
	tree, err := openTree(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	l, err := await.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.access = log.New(&s.access, "", 0)
	server, err := h.server(tree)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		defer close(s.ended)
		s.err = h.serve(ctx, server, l)
	}()
	s.stop, s.url = stop, h.scheme()+"://"+l.Addr().String()+"/"
	s.client = &http.Client{Timeout: program.Patience, Transport: &http.Transport{}}
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		stop()
		s.wantEnd(t)
		_ = tree.Close()
	})
	return s
}

func (s *site) wantEnd(t *testing.T) {
	t.Helper()
	<-s.ended
	if s.err != nil {
		t.Errorf("the server ended with %v", s.err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// get asks for path with these fields of a header.
func (s *site) get(t *testing.T, path string, fields ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	answer, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

func (s *site) want(t *testing.T, path string, status int, text string, fields ...string) {
	t.Helper()
	if answer, got := s.get(t, path, fields...); answer.StatusCode != status || !strings.Contains(got, text) {
		t.Errorf("%s: got %d and %q, want %d and %q", path, answer.StatusCode, got, status, text)
	}
}

func TestFiles(t *testing.T) {
	s := serve(t, httpd{}, map[string]string{
		"a.txt": "0123456789", "sub/index.html": "<p>the index", "list/b.txt": "", "empty": "",
	})
	s.want(t, "a.txt", 200, "0123456789")
	s.want(t, "a.txt", 206, "234", "Range", "bytes=2-4")
	s.want(t, "a.txt", 206, "789", "Range", "bytes=-3")
	s.want(t, "a.txt", 416, "", "Range", "bytes=20-")
	s.want(t, "sub/", 200, "<p>the index")
	s.want(t, "list/", 200, "b.txt")
	s.want(t, "empty", 200, "")
	s.want(t, "missing", 404, "not found")
	s.want(t, "../a.txt", 200, "0123456789") // the client or the server cleans it
	answer, _ := s.get(t, "a.txt")
	modified := answer.Header.Get("Last-Modified")
	s.want(t, "a.txt", 304, "", "If-Modified-Since", modified)
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(filepath.Join(s.dir, "a.txt"), later, later); err != nil {
		t.Fatal(err)
	}
	s.want(t, "a.txt", 200, "0123456789", "If-Modified-Since", modified)
}

func TestLargeFile(t *testing.T) {
	text := strings.Repeat("0123456789abcdef", 1<<18) // 4 MiB
	s := serve(t, httpd{}, map[string]string{"large": text})
	if answer, got := s.get(t, "large"); answer.StatusCode != 200 || got != text {
		t.Errorf("got %d and %d bytes, want 200 and the %d that are in the file", answer.StatusCode, len(got), len(text))
	}
}

func TestAccessLog(t *testing.T) {
	s := serve(t, httpd{}, map[string]string{"a.txt": "0123456789"})
	s.want(t, "a.txt", 206, "234", "Range", "bytes=2-4")
	s.want(t, `missing"`, 404, "")
	for _, want := range []string{`] "GET /a.txt HTTP/1.1" 206 3`, `] "GET /missing%22 HTTP/1.1" 404 19`} {
		testutil.Eventually(t, program.Patience, func() bool { return strings.Contains(s.access.String(), want) },
			"the line %q", want)
	}
	if !strings.HasPrefix(s.access.String(), "127.0.0.1 - - [") {
		t.Errorf("got %q", s.access.String())
	}
}

// A download is under way when the server is told to end.
func TestRequestsMayFinish(t *testing.T) {
	const size = 32 << 20 // more than the sockets hold
	s := serve(t, httpd{grace: program.Patience}, nil)
	write(t, filepath.Join(s.dir, "large"), "")
	if err := os.Truncate(filepath.Join(s.dir, "large"), size); err != nil {
		t.Fatal(err)
	}
	answer, err := s.client.Get(s.url + "large")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	s.stop()
	testutil.Eventually(t, program.Patience, func() bool {
		other := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		late, err := other.Get(s.url)
		if err == nil {
			_ = late.Body.Close()
		}
		return err != nil
	}, "the server to listen no longer")
	if n, err := io.Copy(io.Discard, answer.Body); n != size || err != nil {
		t.Errorf("got %d bytes, %v, want %d", n, err, size)
	}
	s.wantEnd(t)
}

func TestRequestsAreCutInTheEnd(t *testing.T) {
	s := serve(t, httpd{grace: time.Millisecond}, nil)
	write(t, filepath.Join(s.dir, "large"), "")
	if err := os.Truncate(filepath.Join(s.dir, "large"), 256<<20); err != nil {
		t.Fatal(err)
	}
	answer, err := s.client.Get(s.url + "large")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	s.stop()
	s.wantEnd(t)
	if n, err := io.Copy(io.Discard, answer.Body); err == nil {
		t.Errorf("got all %d bytes", n)
	}
}
