//go:build unix

package recipes

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/awaitio/awaitio/await"
)

func TestLines(t *testing.T) {
	in, keyboard, err := await.Pipe()
	must(t, err)
	defer in.Close()
	lines := NewLines(in)
	typed := func(text string) {
		t.Helper()
		_, err := keyboard.WriteString(text)
		must(t, err)
	}
	want := func(line string, end error) {
		t.Helper()
		if got, err := lines.Next(t.Context()); got != line || err != end {
			t.Errorf("got %q, %v, want %q, %v", got, err, line, end)
		}
	}
	typed("one\nt")
	want("one\n", nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if line, err := lines.Next(ctx); line != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("got %q, %v of a context that has ended", line, err)
	}
	typed("wo\nthree")
	want("two\n", nil)
	must(t, keyboard.Close())
	want("three", io.EOF)
}
