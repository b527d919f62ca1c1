package recipes

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
)

// get asks a server whose handler waits for answer, ends the server's context while the request
// is under way, and returns what the client and the server got.
func get(t *testing.T, answer <-chan struct{}, grace time.Duration, ended func()) (body string, client, server error) {
	l, err := await.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, end := context.WithCancel(t.Context())
	served := make(chan error, 1)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		end()
		ended()
		select {
		case <-answer:
			_, _ = io.WriteString(w, "done")
		case <-r.Context().Done():
		}
	})
	go func() { served <- ServeUntil(ctx, l, handler, grace) }()
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := (&http.Client{Transport: transport}).Get("http://" + l.Addr().String())
	if err != nil {
		return "", err, <-served
	}
	defer response.Body.Close()
	p, err := io.ReadAll(response.Body)
	return string(p), err, <-served
}

func TestServeUntilLetsRequestsFinish(t *testing.T) {
	answer := make(chan struct{})
	body, client, server := get(t, answer, time.Minute, func() { close(answer) })
	if body != "done" || client != nil || server != nil {
		t.Errorf("got %q, %v; the server %v", body, client, server)
	}
}

func TestServeUntilCutsThoseThatDoNot(t *testing.T) {
	_, client, server := get(t, nil, time.Millisecond, func() {})
	if client == nil || !errors.Is(server, context.DeadlineExceeded) {
		t.Errorf("got %v; the server %v", client, server)
	}
}
