//go:build unix

package sim_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/sim"
)

// serveHTTP answers each request with its path, until ctx ends.
func serveHTTP(ctx context.Context, io *await.IO) error {
	l, err := io.Listen("tcp", ":80")
	if err != nil {
		return err
	}
	s := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) })}
	defer context.AfterFunc(ctx, func() { s.Close() })()
	return s.Serve(l)
}

func get(c *http.Client, url string) (string, error) {
	r, err := c.Get(url)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	return string(b), err
}

func client(h *sim.Host) *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: h.IO().DialContext}}
}

func TestHTTPOverAPartition(t *testing.T) {
	sim.Run(t, sim.Config{Count: 20}, func(t *testing.T, w *sim.World) {
		w.Host("api", serveHTTP)
		c := client(w.Host("client", nil))
		defer c.CloseIdleConnections()
		w.Partition([]string{"api"}, []string{"client"})
		time.AfterFunc(20*time.Second, w.Heal)
		got, err := get(c, "http://api/items/1")
		if err != nil || got != "/items/1" || w.Elapsed() < 20*time.Second || w.Elapsed() > time.Minute {
			t.Errorf("after %v: %q, %v", w.Elapsed(), got, err)
		}
	})
}
