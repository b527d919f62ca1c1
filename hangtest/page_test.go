package hangtest

import (
	"context"
	"errors"
	goio "io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/inspect"
)

// pageOfADeadMount is the page of a program with as many calls stuck on a dead mount as there may be.
func pageOfADeadMount(t *testing.T) (s *server, aio *await.IO, page *httptest.Server) {
	t.Helper()
	s = newServer(t)
	aio = open(t, await.Config{})
	page = httptest.NewServer(inspect.Handler(aio))
	t.Cleanup(page.Close)
	s.freeze()
	eventually(t, "calls are refused", func() bool {
		_, err := briefly(time.Millisecond, func(ctx context.Context) error { _, err := aio.StatContext(ctx, s.path("file")); return err })
		return errors.Is(err, await.ErrStuck)
	})
	eventually(t, "16 calls are stuck", func() bool { return aio.Mounts()[0].Stuck == 16 })
	return s, aio, page
}

// A stranger finds the dead mount on the page, what waits there, and which backend runs.
func TestPageOfADeadMount(t *testing.T) {
	s, aio, page := pageOfADeadMount(t)
	answer, err := http.Get(page.URL + "?format=text")
	must(t, err)
	text, err := goio.ReadAll(answer.Body)
	must(t, err)
	must(t, answer.Body.Close())
	for _, want := range []string{aio.Backend() + " on ", s.at, "refusing", s.at + " does not answer: 16 calls stuck", "stat", "left", "request_wait", "thread "} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page has no %q", want)
		}
	}
	s.thaw()
	eventually(t, "the list is empty", func() bool { return len(aio.Operations(0)) == 0 })
	http.DefaultClient.CloseIdleConnections()
}
