//go:build unix

package await

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// A file, whole and in parts, which net/http has the connection read itself.
func TestHTTPServesAFile(t *testing.T) {
	want := noise(8, 1_000_000)
	path := filepath.Join(t.TempDir(), "file.bin")
	must(t, os.WriteFile(path, want, 0o600))
	h := func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, path) }
	eachSite(t, siteKinds, http.HandlerFunc(h), nil, func(t *testing.T, s *site) {
		resp, whole := s.do(t, s.request(t, background, "GET", "/", nil), http.StatusOK)
		if !bytes.Equal(whole, want) || resp.ContentLength != int64(len(want)) {
			t.Errorf("the whole file is damaged: %d bytes of %d", len(whole), resp.ContentLength)
		}
		for _, tt := range []struct {
			ranges   string
			from, to int
		}{
			{"0-0", 0, 1},
			{"1000-699999", 1000, 700_000},
			{"999000-", 999_000, len(want)},
			{"-70000", len(want) - 70_000, len(want)},
		} {
			resp, part := s.do(t, s.ranges(t, tt.ranges), http.StatusPartialContent)
			if !bytes.Equal(part, want[tt.from:tt.to]) {
				t.Errorf("range %s is damaged: %d bytes", tt.ranges, len(part))
			}
			if got, want := resp.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-%d/%d", tt.from, tt.to-1, len(want)); got != want {
				t.Errorf("got range %q, want %q", got, want)
			}
		}
		s.do(t, s.ranges(t, "9000000-"), http.StatusRequestedRangeNotSatisfiable)
		resp, parts := s.do(t, s.ranges(t, "5-9,100000-299999,-3"), http.StatusPartialContent)
		wantParts(t, resp, parts, want[5:10], want[100_000:300_000], want[len(want)-3:])
	})
}

func (s *site) ranges(t *testing.T, ranges string) *http.Request {
	t.Helper()
	r := s.request(t, background, "GET", "/", nil)
	r.Header.Set("Range", "bytes="+ranges)
	return r
}

// wantParts wants body to be of several parts.
func wantParts(t *testing.T, resp *http.Response, body []byte, want ...[]byte) {
	t.Helper()
	_, params, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	must(t, err)
	r := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for i, w := range want {
		part, err := r.NextPart()
		must(t, err)
		got, err := io.ReadAll(part)
		must(t, err)
		if !bytes.Equal(got, w) {
			t.Errorf("part %d is damaged: %d bytes, want %d", i, len(got), len(w))
		}
	}
	if _, err := r.NextPart(); !errors.Is(err, io.EOF) {
		t.Errorf("after the last part: %v", err)
	}
}

// An answer copied from another connection of ours, and one copied to a file.
func TestHTTPCopiesBetweenConnections(t *testing.T) {
	theDefault(t)
	want := noise(9, 2_000_000)
	behind := serve(t, plain, http.HandlerFunc(echoBody), nil)
	front := serve(t, plain, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		resp, err := behind.client.Post(behind.url, "", r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.Header().Set("Content-Length", fmt.Sprint(resp.ContentLength))
		_, _ = io.Copy(w, resp.Body) // the client sees what is missing
	}), nil)
	resp, err := front.client.Do(front.request(t, background, "POST", "/", bytes.NewReader(want)))
	must(t, err)
	f, err := os.Create(filepath.Join(t.TempDir(), "copy"))
	must(t, err)
	_, err = io.Copy(f, resp.Body)
	must(t, errors.Join(err, resp.Body.Close(), f.Close()))
	got, err := os.ReadFile(f.Name())
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("got %d bytes of %d, or damaged", len(got), len(want))
	}
}
