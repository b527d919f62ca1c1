//go:build unix

package simdisk

import (
	"io/fs"
	"testing"
	"testing/fstest"
	"time"
)

func TestFS(t *testing.T) {
	r := newRig(t, Config{})
	r.SetTime(time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC).UnixNano())
	r.ok(r.Mkdir(nil, "d", 0o1750))
	r.ok(r.Mkdir(nil, "d/empty", 0o755))
	r.put("d/a", 0, "contents")
	r.put("large", 1<<30, "far off")
	r.ok(r.Truncate(nil, "large", 1<<14))
	r.ok(r.Symlink("d/a", nil, "l"))
	r.sync("d")
	r.sync("/")
	for name, fsys := range map[string]fs.FS{"seen": r.FS(), "stable": r.Stable()} {
		if err := fstest.TestFS(fsys, "d/a", "d/empty", "large", "l"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	info, err := fs.Stat(r.FS(), "d")
	if err != nil || info.Mode() != fs.ModeDir|fs.ModeSticky|0o750 || info.ModTime().UnixNano() != r.now {
		t.Errorf("%v, %v", info, err)
	}
}

// A view stays as it was when it was made.
func TestFSIsOfItsInstant(t *testing.T) {
	r := newRig(t, Config{})
	r.put("a", 0, "one")
	before, stable := r.FS(), r.Stable()
	r.put("a", 0, "two")
	r.ok(r.Rename(nil, "a", nil, "b", 0))
	r.SyncAll()
	for _, c := range []struct {
		fsys fs.FS
		want string
	}{{before, "a=one"}, {stable, ""}, {r.FS(), "b=two"}, {r.Stable(), "b=two"}} {
		if got := show(t, c.fsys); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
