//go:build unix

package fdcall

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/proactor"
)

// without switches mechanisms off for what t makes from now on.
func without(t *testing.T, all ...ablate.Mechanism) { t.Cleanup(ablate.Switch(ablate.Of(all...))) }

func TestWithoutAffinity(t *testing.T) {
	without(t, ablate.Affinity)
	s := open(t, proactor.Config{Loops: 2})
	batch(t, s)
	socket, file, _ := rowsOf(s)
	for name, got := range map[string]Route{
		"no descriptor": s.route(-1), "socket": socket.route(Reading, -1), "file": file.route(Reading, 0),
	} {
		if got.loop == nil {
			t.Errorf("%s: the caller's loop", name)
		}
	}
}

func TestWithoutUncontendedAndOwnThread(t *testing.T) {
	without(t, ablate.Uncontended, ablate.OwnThread)
	s := open(t, proactor.Config{})
	file := &Descriptor{Loop: s.First(), Kind: Disk}
	if got := file.wayOf(background, true, true, false, false); got != byLoop {
		t.Errorf("way %d, want %d", got, byLoop)
	}
}

// cachedFile is a file of s whose bytes are in the page cache.
func cachedFile(t *testing.T, s *Loops) *Descriptor {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(name, make([]byte, 64), 0o600))
	f, err := os.Open(name)
	must(t, err)
	t.Cleanup(func() { must(t, f.Close()) })
	return &Descriptor{Loop: s.First(), FD: int(f.Fd()), Kind: Disk}
}

func TestWithoutPageCache(t *testing.T) {
	without(t, ablate.PageCache)
	d := cachedFile(t, open(t, proactor.Config{}))
	if n, done := d.readCached(background, make([]byte, 64), 0); n != 0 || done {
		t.Errorf("the caller read %d bytes", n)
	}
}

// A descriptor that is open for writing only misses each time.
func TestWithoutCacheHistory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads that do not wait are Linux's")
	}
	misses := func() int32 {
		s := open(t, proactor.Config{})
		f, err := os.OpenFile(filepath.Join(t.TempDir(), "file"), os.O_WRONLY|os.O_CREATE, 0o600)
		must(t, err)
		defer f.Close()
		d := &Descriptor{Loop: s.First(), FD: int(f.Fd()), Kind: Disk}
		if n, done := d.readCached(background, make([]byte, 1), 0); n != 0 || done {
			t.Errorf("read %d bytes of what cannot be read", n)
		}
		return d.Cached.misses.Load()
	}
	if n := misses(); n != 1 {
		t.Errorf("%d misses are remembered, want 1", n)
	}
	without(t, ablate.CacheHistory)
	if n := misses(); n != 0 {
		t.Errorf("%d misses are remembered, want none", n)
	}
}

func TestWithoutLentMemory(t *testing.T) {
	keeps := func() bool {
		s := open(t, proactor.Config{})
		for range 1000 { // a pool may forget
			b := s.memory.block(1)
			s.memory.keep(b, s.Off)
			if s.memory.block(1) == b {
				return true
			}
		}
		return false
	}
	if !keeps() {
		t.Error("no memory is kept")
	}
	without(t, ablate.LentMemory)
	if keeps() {
		t.Error("memory is kept all the same")
	}
}
