package testutil

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// fakeTB stands in for the test that a helper of this package fails.
type fakeTB struct {
	testing.TB // nil: what is not below must not be called

	dir      string
	cleanups []func()
	failures []string
}

func (f *fakeTB) Helper()          {}
func (f *fakeTB) TempDir() string  { return f.dir }
func (f *fakeTB) Cleanup(c func()) { f.cleanups = append(f.cleanups, c) }

func (f *fakeTB) Errorf(format string, args ...any) {
	f.failures = append(f.failures, fmt.Sprintf(format, args...))
}

func (f *fakeTB) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	runtime.Goexit()
}

// runFake runs body as a test of its own, with its cleanups, and returns what
// it complained about.
func runFake(t *testing.T, body func(tb testing.TB)) []string {
	t.Helper()
	f := &fakeTB{dir: t.TempDir()}
	f.do(func() { body(f) })
	for len(f.cleanups) > 0 {
		last := len(f.cleanups) - 1
		c := f.cleanups[last]
		f.cleanups = f.cleanups[:last]
		f.do(c)
	}
	return f.failures
}

// do runs a step that Fatalf may end.
func (f *fakeTB) do(step func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		step()
	}()
	<-done
}

// wantFailure demands exactly one complaint, with these words in it.
func wantFailure(t *testing.T, got []string, words ...string) {
	t.Helper()
	if len(got) != 1 {
		t.Fatalf("got %d failures, want 1: %q", len(got), got)
	}
	for _, w := range words {
		if !strings.Contains(got[0], w) {
			t.Errorf("failure %q does not contain %q", got[0], w)
		}
	}
}

func wantNoFailure(t *testing.T, got []string) {
	t.Helper()
	if len(got) > 0 {
		t.Errorf("got failures, want none: %q", got)
	}
}
