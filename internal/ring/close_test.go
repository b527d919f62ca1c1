//go:build linux

package ring

import (
	"errors"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestCloseTwiceAndUseAfter(t *testing.T) {
	r := openRing(t, Config{})
	nextSlot(t, r).PrepNop()
	for range 2 {
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if s := r.Next(); s != nil {
		t.Error("Next returned a slot")
	}
	if a, b := r.NextPair(); a != nil || b != nil {
		t.Error("NextPair returned slots")
	}
	if r.Reap(make([]CQE, 1)) != 0 || r.Ready() || r.Pending() != 0 || r.FD() != -1 {
		t.Error("the closed ring is not empty")
	}
	_, e1 := r.Submit()
	_, e2 := r.SubmitHeavy()
	_, e3 := r.SubmitAndWait(1, time.Second)
	_, e4 := r.Probe()
	for i, err := range []error{e1, e2, e3, e4, r.RegisterEventfd(0)} {
		if !errors.Is(err, ErrClosed) || !errors.Is(err, net.ErrClosed) {
			t.Errorf("call %d: got %v, want ErrClosed", i, err)
		}
	}
}

func TestCloseConcurrently(t *testing.T) {
	for range 50 {
		r := openRing(t, Config{Entries: 2})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
}

// TestOpenCloseLeavesNothing counts descriptors and mappings.
func TestOpenCloseLeavesNothing(t *testing.T) {
	openRing(t, Config{}).Close() // or skip; and let the runtime open its own
	fds, maps := countFDs(t), ringMappings(t)
	for i := range 200 {
		r, err := Open(Config{Without: optionalFlags[i%len(optionalFlags)]})
		if err != nil {
			t.Fatal(err)
		}
		r.Next().PrepNop()
		if _, err := r.Submit(); err != nil {
			t.Fatal(err)
		}
		if got := len(ringMappings(t)); i == 0 && got == len(maps) {
			t.Fatal("an open ring shows no mapping: this test sees nothing")
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := countFDs(t); got != fds {
		t.Errorf("%d descriptors, %d before", got, fds)
	}
	if got := ringMappings(t); len(got) != len(maps) {
		t.Errorf("mappings left:\n%s", strings.Join(got, "\n"))
	}
}

// TestFailedMappingLeavesNothing wants a partly mapped ring undone.
func TestFailedMappingLeavesNothing(t *testing.T) {
	fd, p, err := setup(Config{}.withDefaults())
	if err != nil {
		t.Skip(err)
	}
	defer unix.Close(fd)
	before := len(ringMappings(t))
	p.sqEntries = 0 // mmap refuses a length of 0, after the rings are mapped
	if _, err := mapAll(fd, &p); err == nil || !strings.Contains(err.Error(), "mmap submission") {
		t.Errorf("got %v, want the error of mmap", err)
	}
	if got := ringMappings(t); len(got) != before {
		t.Errorf("mappings left:\n%s", strings.Join(got, "\n"))
	}
}

// TestMappingsAreNotForked looks for "dc", do not copy on fork.
func TestMappingsAreNotForked(t *testing.T) {
	openRing(t, Config{})
	b, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skip(err)
	}
	ours, checked := false, 0
	for line := range strings.Lines(string(b)) {
		switch flags, isFlags := strings.CutPrefix(line, "VmFlags:"); {
		case strings.Contains(line, "io_uring"):
			ours = true
		case isFlags && ours:
			ours = false
			checked++
			if !strings.Contains(flags, " dc") {
				t.Errorf("a ring's mapping has the flags %s", flags)
			}
		}
	}
	if checked == 0 {
		t.Error("no mapping of a ring in smaps")
	}
}

func countFDs(t *testing.T) int {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(names)
}

func ringMappings(t *testing.T) (lines []string) {
	t.Helper()
	b, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(b)) {
		if strings.Contains(line, "io_uring") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}
