package testutil

import (
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestCheckLeaksFindsADescriptor(t *testing.T) {
	var leaked int
	failures := runFake(t, func(tb testing.TB) {
		checkLeaks(tb, leakGrace, impatient())
		leaked = mustOpen(t, "/dev/null")
	})
	if err := unix.Close(leaked); err != nil {
		t.Fatal(err)
	}
	wantFailure(t, failures, "leaked 1 descriptors", "-> /dev/null")
}

func TestCheckLeaksFindsAReusedDescriptor(t *testing.T) {
	fd := mustOpen(t, "/dev/null")
	failures := runFake(t, func(tb testing.TB) {
		checkLeaks(tb, leakGrace, impatient())
		other := mustOpen(t, "/dev/zero")
		if err := unix.Dup3(other, fd, unix.O_CLOEXEC); err != nil {
			t.Error(err)
		}
		if err := unix.Close(other); err != nil {
			t.Error(err)
		}
	})
	if err := unix.Close(fd); err != nil {
		t.Fatal(err)
	}
	wantFailure(t, failures, "leaked 1 descriptors", "-> /dev/zero")
}

func TestCheckLeaksFindsARing(t *testing.T) {
	var leaked *rawRing
	failures := runFake(t, func(tb testing.TB) {
		checkLeaks(tb, leakGrace, impatient())
		leaked = openRawRing(t)
	})
	leaked.close(t)
	if len(failures) != 3 {
		t.Fatalf("got %d failures, want descriptor, mapping and worker: %q", len(failures), failures)
	}
	for i, words := range []string{"[io_uring]", "[io_uring]", "iou-sqp"} {
		wantFailure(t, failures[i:i+1], resources[i].name, words)
	}
}

func TestCheckLeaksPassesAClosedRing(t *testing.T) {
	CheckLeaks(t)
	openRawRing(t).close(t)
}

// impatient are the resources for a test that leaks some on purpose.
func impatient() []resource {
	short := slices.Clone(resources)
	for i := range short {
		short[i].grace = 100 * time.Millisecond
	}
	return short
}

func mustOpen(t *testing.T, path string) int {
	t.Helper()
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return fd
}
