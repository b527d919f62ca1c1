//go:build unix

package inspect

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/internal/testutil"
)

// Only this machine gets an answer, under a name that only this machine has.
func TestWhoIsLetIn(t *testing.T) {
	testutil.CheckLeaks(t)
	s := newScene(t)
	h := Handler(s.io)
	unixPeer := func(r *http.Request) {
		r.RemoteAddr = "@"
		*r = *r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(&net.UnixAddr{Net: "unix"})))
	}
	for _, c := range []struct {
		what   string
		change func(r *http.Request)
		want   int
	}{
		{"loopback", nil, 200},
		{"IPv6", func(r *http.Request) { r.RemoteAddr, r.Host = "[::1]:80", "[::1]" }, 200},
		{"a loopback Host", func(r *http.Request) { r.Host = "127.1.2.3:99" }, 200},
		{"a mapped peer", func(r *http.Request) { r.RemoteAddr = "[::ffff:127.0.0.1]:80" }, 200},
		{"unix", unixPeer, 200},
		{"unix for another", func(r *http.Request) { unixPeer(r); r.Host = "example.com" }, 403},
		{"another machine", func(r *http.Request) { r.RemoteAddr = "10.0.0.1:4711" }, 403},
		{"another machine in IPv6", func(r *http.Request) { r.RemoteAddr = "[2001:db8::1]:4711" }, 403},
		{"no peer", func(r *http.Request) { r.RemoteAddr = "" }, 403},
		{"a foreign Host", func(r *http.Request) { r.Host = "evil.example:6060" }, 403},
		{"a Host that begins well", func(r *http.Request) { r.Host = "localhost.evil.example" }, 403},
		{"a Host that begins as an address", func(r *http.Request) { r.Host = "127.0.0.1.evil.example" }, 403},
		{"no Host", func(r *http.Request) { r.Host = "" }, 403},
		{"the Host of a machine", func(r *http.Request) { r.Host = "0.0.0.0:6060" }, 403},
		{"a proxy", func(r *http.Request) { r.Header.Set("X-Forwarded-For", "10.0.0.1") }, 403},
		{"a POST", func(r *http.Request) { r.Method = http.MethodPost }, 405},
		{"a HEAD", func(r *http.Request) { r.Method = http.MethodHead }, 200},
	} {
		if w := get(h, "/debug?format=json", c.change); w.Code != c.want {
			t.Errorf("%s: %d, want %d", c.what, w.Code, c.want)
		} else if c.want == 403 && strings.Contains(w.Body.String(), "recv") {
			t.Errorf("%s: refused, and told all the same: %s", c.what, w.Body)
		}
	}
	open := Options{Allow: func(r *http.Request) bool { return r.Header.Get("Authorization") == "x" }}.Handler(s.io)
	if w := get(open, "/", nil); w.Code != 403 {
		t.Errorf("Allow says no, and the answer is %d", w.Code)
	}
	if w := get(open, "/", func(r *http.Request) { r.RemoteAddr = "10.0.0.1:1"; r.Header.Set("Authorization", "x") }); w.Code != 200 {
		t.Errorf("Allow says yes, and the answer is %d", w.Code)
	}
}

// What a program calls its connections and files is text on the page, in JSON and for a terminal.
func TestTextStaysText(t *testing.T) {
	s := newScene(t)
	h := Handler(s.io)
	html := whole(t, h, "/?format=html")
	if strings.Contains(html, "<script>document") {
		t.Error("a label is a script")
	}
	wantIn(t, html, "&lt;script&gt;document.title", `two\nlines\x1b[31m and \u202eback`, "public API", s.io.Backend())
	if strings.ContainsAny(html, "\x1b\u202e") {
		t.Error("the page has control characters of a label")
	}
	if policy := get(h, "/?format=html", nil).Header().Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("the policy is %q", policy)
	}
	text := whole(t, h, "/?format=text")
	wantIn(t, text, `two\nlines\x1b[31m`, "OPERATION", "accept", "public API")
	for _, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("the text has %q", r)
		}
	}
	var r Report
	must(t, json.Unmarshal([]byte(whole(t, h, "/?format=json")), &r))
	if len(r.IOs) != 1 || len(r.IOs[0].Operations) < 7 || len(r.IOs[0].Loops) != 2 || r.PID != os.Getpid() {
		t.Fatalf("the report is %+v", r)
	}
}

// A query chooses what is shown, and one that makes no sense is refused with a reason.
func TestQueries(t *testing.T) {
	s := newScene(t)
	h := Handler(s.io)
	list := func(q string) []Operation {
		var r Report
		must(t, json.Unmarshal([]byte(whole(t, h, "/?format=json&"+q)), &r))
		return r.IOs[0].Operations
	}
	if got := list("op=accept"); len(got) != 1 || got[0].Label != "public API" {
		t.Errorf("the accepts are %+v", got)
	}
	if got := list("find=DATABASE"); len(got) != 1 || got[0].Op != "recv" {
		t.Errorf("what has database in it is %+v", got)
	}
	if got := list("older=1h"); len(got) != 0 {
		t.Errorf("older than an hour is %+v", got)
	}
	bySize := list("sort=size")
	for i := range bySize[1:] {
		if bySize[i].Size < bySize[i+1].Size {
			t.Errorf("sorted by size: %+v", bySize)
		}
	}
	for q, word := range map[string]string{"format=xml": "format", "sort=x": "sort", "older=soon": "older"} {
		if w := get(h, "/?"+q, nil); w.Code != 400 || !strings.Contains(w.Body.String(), word) {
			t.Errorf("%s: %d %s", q, w.Code, w.Body)
		}
	}
	if kind := get(h, "/", func(r *http.Request) { r.Header.Set("Accept", "text/html,*/*;q=0.8") }).Header().Get("Content-Type"); !strings.HasPrefix(kind, "text/html") {
		t.Errorf("a browser gets %s", kind)
	}
}

// An IO that is closed, one that is idle, and none that is given: the page is there.
func TestPageOfNothing(t *testing.T) {
	testutil.CheckLeaks(t)
	io, err := await.Start(await.Config{})
	must(t, err)
	must(t, io.Close())
	wantIn(t, get(Handler(io), "/?format=html", nil).Body.String(), "Nothing waits", "</html>")
	wantIn(t, get(Handler(), "/?format=html", nil).Body.String(), "</html>")
	def, err := await.Default()
	must(t, err)
	must(t, def.Close())
}

// The socket is the user's alone, is there as long as it is served, and takes the place of one
// that nobody serves.
func TestServeUnix(t *testing.T) {
	testutil.CheckLeaks(t)
	s := newScene(t)
	path := filepath.Join(t.TempDir(), "s")
	must(t, os.WriteFile(path, []byte("precious"), 0o600))
	if err := ServeUnix(context.Background(), path, s.io); err == nil {
		t.Error("a file was replaced")
	}
	must(t, os.Remove(path))
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	must(t, err)
	stale.SetUnlinkOnClose(false)
	must(t, stale.Close())
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- ServeUnix(ctx, path, s.io) }()
	testutil.Eventually(t, patience, func() bool {
		c, err := net.Dial("unix", path)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}, "another program already listens")
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the socket's mode is %v", info.Mode())
	}
	if err := ServeUnix(ctx, path, s.io); err == nil {
		t.Error("two serve one socket")
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}
	defer transport.CloseIdleConnections()
	answer, err := (&http.Client{Transport: transport}).Get("http://localhost/?format=json")
	must(t, err)
	var r Report
	must(t, json.NewDecoder(answer.Body).Decode(&r))
	must(t, answer.Body.Close())
	if len(r.IOs) != 1 || len(r.IOs[0].Operations) == 0 {
		t.Errorf("through the socket: %+v", r)
	}
	stop()
	must(t, testutil.Receive(t, served, "the end"))
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func TestBytesText(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 1023: "1023", 1 << 20: "1.0 MiB", 1<<63 + 1<<62: "12.0 EiB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d bytes are %s, want %s", n, got, want)
		}
	}
}
