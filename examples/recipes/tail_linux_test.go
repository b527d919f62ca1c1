package recipes

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestFollow(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	must(t, os.WriteFile(name, []byte("one\n"), 0o600))
	ctx, end := context.WithCancel(t.Context())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- Follow(ctx, name, w) }()
	want := func(text string) {
		t.Helper()
		p := make([]byte, len(text))
		if _, err := io.ReadFull(r, p); err != nil || !bytes.Equal(p, []byte(text)) {
			t.Fatalf("got %q, %v, want %q", p, err, text)
		}
	}
	want("one\n")
	for range 3 {
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
		must(t, err)
		_, err = f.WriteString("appended\n")
		must(t, errors.Join(err, f.Close()))
		want("appended\n")
	}
	must(t, os.WriteFile(name, []byte("anew\n"), 0)) // truncates it first
	want("anew\n")
	end()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}

func TestWaitForFile(t *testing.T) {
	dir := t.TempDir()
	waited := make(chan error, 1)
	go func() { waited <- WaitForFile(t.Context(), dir, "ready") }()
	for _, name := range []string{"other", "ready"} {
		must(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	must(t, <-waited)
	must(t, WaitForFile(t.Context(), dir, "ready")) // it is there already
	ctx, cancel := context.WithCancel(t.Context())
	go func() { waited <- WaitForFile(ctx, dir, "never") }()
	cancel()
	if err := <-waited; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v of a wait whose context has ended", err)
	}
}
