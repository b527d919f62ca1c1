package sysfile

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

func TestMayOpenNoWait(t *testing.T) {
	for _, c := range []struct {
		name string
		flag int
		want bool
	}{
		{"x", unix.O_RDONLY, true}, {"x", unix.O_CREAT | unix.O_TRUNC, true}, {"x", unix.O_TMPFILE, true},
		{"x", unix.O_PATH, false}, {"x\x00y", 0, false}, {"/dev/null", 0, false}, {"/proc/self/fd/0", 0, false}, {"/srv/dev/x", 0, true},
	} {
		if got := MayOpenNoWait(c.name, c.flag); got != c.want {
			t.Errorf("%s with %#x: %t", c.name, c.flag, got)
		}
	}
}

func TestOpenNonblock(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.WriteFile(path("file"), nil, 0o600))
	must(t, os.Symlink("file", path("link")))
	must(t, unix.Mkfifo(path("fifo"), 0o600))
	for _, c := range []struct {
		name  string
		flag  int
		want  error
		final bool
	}{
		{"file", 0, nil, true}, {"link", 0, nil, true}, {".", 0, nil, true}, {"file", unix.O_NOFOLLOW, nil, true},
		{"new", unix.O_CREAT, nil, true}, {"fifo", 0, nil, true},
		{"none", 0, unix.ENOENT, true}, {"none", unix.O_NOFOLLOW, unix.ENOENT, true}, {"file/x", 0, unix.ENOTDIR, true},
		{"link", unix.O_NOFOLLOW, unix.ELOOP, true}, {"file", unix.O_CREAT | unix.O_EXCL, unix.EEXIST, true},
		{"fifo", unix.O_WRONLY, unix.ENXIO, false},
	} {
		fd, final, err := OpenNoWait(path(c.name), OpenFlags|c.flag, 0o600)
		if err != c.want || final != c.final {
			t.Errorf("%s with %#x: %v, final %t, want %v", c.name, c.flag, err, final, c.want)
		}
		if err == nil {
			must(t, unix.Close(fd))
		}
	}
}

func TestHadWriter(t *testing.T) {
	name := filepath.Join(t.TempDir(), "fifo")
	must(t, unix.Mkfifo(name, 0o600))
	r, err := unix.Open(name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	must(t, err)
	testutil.Own(t, r)
	want := func(want bool, when string) {
		t.Helper()
		if had, err := HadWriter(r); had != want || err != nil {
			t.Errorf("%s: %t, %v", when, had, err)
		}
	}
	want(false, "nobody came")
	w, err := unix.Open(name, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	must(t, err)
	want(true, "a writer is there")
	_, err = unix.Write(w, []byte("x"))
	must(t, err)
	want(true, "it has written")
	must(t, unix.Close(w))
	want(true, "it has gone")
	_, err = unix.Read(r, make([]byte, 1))
	must(t, err)
	want(true, "nothing is left")
}
