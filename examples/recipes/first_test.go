package recipes

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/awaitio/awaitio/await"
)

// server says text to whoever connects, or nothing if text is empty, and stays connected.
func server(t *testing.T, text string) (address string) {
	t.Helper()
	l, err := await.ListenStream("tcp", "127.0.0.1:0")
	must(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = io.WriteString(c, text)
		_, _ = io.Copy(io.Discard, c) // until the client goes
	}()
	t.Cleanup(func() {
		must(t, l.Close())
		<-done
	})
	return l.Addr().String()
}

func askServer(address string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		conn, err := await.DialStreamContext(ctx, "tcp", address)
		if err != nil {
			return "", err
		}
		defer conn.Close()
		p := make([]byte, 64)
		n, err := conn.ReadContext(ctx, p)
		return string(p[:n]), err
	}
}

func TestFirst(t *testing.T) {
	got, err := First(t.Context(), askServer(server(t, "")), askServer(server(t, "this one")), askServer(server(t, "")))
	must(t, err)
	if got != "this one" {
		t.Errorf("got %q", got)
	}
}

func TestFirstOfNone(t *testing.T) {
	fail := func(text string) func(context.Context) (int, error) {
		return func(context.Context) (int, error) { return 0, errors.New(text) }
	}
	_, err := First(t.Context(), fail("one"), fail("two"))
	if err == nil || !strings.Contains(err.Error(), "one") || !strings.Contains(err.Error(), "two") {
		t.Errorf("got %v, want both errors", err)
	}
}
