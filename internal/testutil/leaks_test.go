package testutil

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestCheckLeaksPassesATidyTest(t *testing.T) {
	wantNoFailure(t, runFake(t, func(tb testing.TB) {
		CheckLeaks(tb)
		done := make(chan struct{})
		go func() {
			time.Sleep(50 * time.Millisecond) // on its way out when the test ends
			close(done)
		}()
		tb.Cleanup(func() { <-done })
	}))
}

func TestCheckLeaksFindsAGoroutine(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	wantFailure(t, runFake(t, func(tb testing.TB) {
		checkLeaks(tb, 0, nil)
		go func() { <-release }()
	}), "leaked goroutines", "TestCheckLeaksFindsAGoroutine")
}

func TestCheckLeaksReportsWhatStays(t *testing.T) {
	var alive []string
	things := resource{"things", func() ([]string, error) { return alive, nil }, added, time.Millisecond}
	wantFailure(t, runFake(t, func(tb testing.TB) {
		alive = []string{"old"}
		checkLeaks(tb, 0, []resource{things})
		alive = []string{"old", "new"}
	}), "leaked 1 things", "new")
}

func TestCheckLeaksWaitsForWhatGoes(t *testing.T) {
	looks := 0
	fading := resource{"things", func() ([]string, error) {
		looks++
		if looks == 2 || looks == 3 {
			return []string{"fading"}, nil
		}
		return nil, nil
	}, added, time.Minute}
	wantNoFailure(t, runFake(t, func(tb testing.TB) { checkLeaks(tb, 0, []resource{fading}) }))
	if looks != 4 {
		t.Errorf("looked %d times, want 4", looks)
	}
}

func TestCheckLeaksSaysThatItCannotLook(t *testing.T) {
	blind := resource{"things", func() ([]string, error) { return nil, errors.New("no eyes") }, added, 0}
	wantFailure(t, runFake(t, func(tb testing.TB) {
		checkLeaks(tb, 0, []resource{blind})
	}), "list things", "no eyes")
}

func TestExcess(t *testing.T) {
	tests := []struct {
		before, now, added, surplus []string
	}{
		{nil, nil, nil, nil},
		{[]string{"a"}, []string{"a"}, nil, nil},
		{[]string{"a"}, nil, nil, nil},
		{[]string{"a"}, []string{"b"}, []string{"b"}, nil},
		{[]string{"a"}, []string{"a", "b"}, []string{"b"}, []string{"b"}},
	}
	for _, tt := range tests {
		if got := added(tt.before, tt.now); !slices.Equal(got, tt.added) {
			t.Errorf("added(%q, %q) = %q, want %q", tt.before, tt.now, got, tt.added)
		}
		if got := surplus(tt.before, tt.now); !slices.Equal(got, tt.surplus) {
			t.Errorf("surplus(%q, %q) = %q, want %q", tt.before, tt.now, got, tt.surplus)
		}
	}
}
